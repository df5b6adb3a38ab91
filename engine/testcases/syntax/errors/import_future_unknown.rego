package a

import future.keywords.unless
