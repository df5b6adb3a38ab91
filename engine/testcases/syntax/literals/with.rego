package a

p if {
	x with input as 1
	f(x) with input.a as 1 with data.b as [2] with count as g
	not y with data.f as 3
}
