package order

# Written in an order in which nothing has a value when it is read.
p contains z if {
	z > y
	y == x + 1
	i < 3
	y = numbers[i]
	x = input.start
	z = input.ends[_]
}

numbers := [1, 2, 3, 4]

q := [x, y] if {
	[x, y] = [a, b]
	b = a
	a = input.a
}

r[k] := v if {
	object.get(input, k, null) == v
	v = input.pairs[k]
}
