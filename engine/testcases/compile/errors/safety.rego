package safety

p if x > 1

q := y if true

r contains z if not input.a[z]

s := [w | true]

t if {
	u == v + 1
	v = input.v
}

g(n) := n + m

h if {
	count(xs) > n
	n = count(ys)
}

i if every x in xs { x > y }

j if { {a} = {1} }

k := 1 if {
	input
} else := l if {
	[b, c] = [c, b]
}

m if x == 1 else := y if y == 2
