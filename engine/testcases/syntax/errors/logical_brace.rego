package a

import rego.v2

p if { x and {1, 2} }

q if { {1, 2} == x and y }

r if { {} or y }
