package wildcards

import rego.v1

p contains [x, y] if {
	x := input.xs[_]
	[_, y] = input.pairs[_]
	_ = input.z
}

f(_, [_, b]) := b

g(a) := x if {
	[x, _] := a
} else := y if {
	{"y": y} := a
} else := 0
