package a

import future.x
