package a

import rego.v1

p contains x if some x in [1]
