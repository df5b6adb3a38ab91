package locals

p if {
	x := 1
	x := 2
}

q if {
	y == 1
	y := 2
	some z
	some z
}

f(a) := b if {
	a := 1
	b := 2
}

r if {
	not x := 1
	input.a[i] := 2
	[u, {"k": 1}] := input.b
}

s if some k, v in k

t if {
	some unused
	every k, v in input.xs { v > 1 }
}
