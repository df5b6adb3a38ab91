package prints

p if {
	x := input.x
	print("x is", x, input.y[0])
	x > 1
	print(x)
}

q := [y | some y in input.ys; print(y)]

r if {
	not input.z
	print("no z", [a | a := input.as[_]])
}
