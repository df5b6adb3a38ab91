package a

import rego.v2

p if { x and () }

q if { (x and y }

r if { x and ({y := 1}) }
