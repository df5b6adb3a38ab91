package doubles

p if {
	{"y": x, "y": 2, "x": 1} = input.o
}

q := {1, 1.0, "a", "a", [input.z, 1], [input.z, 1], {"a": 1}, {"a": 1}, {"b": 2, "c": {1, 2}}, {"c": {2, 1}, "b": 2}}

r[x] := {x: 1, x: input.y} if some x in {input.a, input.a}
