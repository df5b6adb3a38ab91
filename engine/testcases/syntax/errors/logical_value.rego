package a

import rego.v2

p if { not {1, 2} }
