package a

import rego.v2

p if { {x | y} and z }

q if { not {x | y} }
