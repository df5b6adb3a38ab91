package a

import rego.v2

p if { x with input as 1 and y }
