package a

import rego.v1

p[x] { x := 1 }
