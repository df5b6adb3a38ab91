package a

import rego.v2

p if { x or print("y") }
