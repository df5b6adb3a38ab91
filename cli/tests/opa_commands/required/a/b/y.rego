package a.b["c d"]

import future.keywords.in
import rego.v1

p if 1 in input.xs

q.r.s := 1

t[u][v] := 1 if {
	u := input.u
	v := input.v
}
