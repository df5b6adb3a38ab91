package prints

p if {
	print(x)
	y := 1
	print(y, z)
}

q := [a | print(b); a := 1]
