package strict

import data.used
import data.never

p if {
	x := used.a
	y := 2
	some z in input.zs
	z > 1
}

f(a, b) := a

q := [i | i := input.list[_]; j := 1; k = 2]
