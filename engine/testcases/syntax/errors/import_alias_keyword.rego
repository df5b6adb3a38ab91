package a

import data.x as if
