package a

p if {
	x := 1
	[a, b] = [1, 2]
	{"k": c} := input
	assign(d, 4)
	eq(e, 5)
}
