package operators

p := (input.a + input.b) * -input.c

q if {
	x = input.x & {"a"}
	y := x | {"b"} - {"c"}
	count(y) >= 2 % 3
	"a" in y
	0, "a" in [input.first]
}

r if input.a == input.b
r if input.a != input.b

s := x if {
	x := 1
	input.xs[x] == {"a": input.xs[_]}
}
