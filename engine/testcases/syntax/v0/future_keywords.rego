package a

import future.keywords.every
import future.keywords.contains

p contains x { some x in [1]; every y in [x] { y } }
