package a

import rego.v2

p if {
	x and y or not z
	(a or b) and { c; d } with input as 1
	not { e; f }
	not g == 1
	not (h or i)
	(j with input as 2) and k
	{ l } or ({"m": 1})
	and(n, o) == or(q, r)
}
