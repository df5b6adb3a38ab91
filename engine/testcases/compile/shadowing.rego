package shadowing

import data.lib.input_check as check

x := 1

p[y] := z if {
	x := input.xs[y]
	z := [x | x := [w | some w in x][_]]
	not x
}

q(x) := y if {
	[y, y] = [x, x]
} else := {"x": x} if {
	every x in x.xs { x > 1 }
}

r := {k: [v | some v in vs] | some k, vs in input.groups; check[k]}
