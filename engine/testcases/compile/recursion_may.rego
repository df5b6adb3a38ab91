package recursion

p[x] := v if {
	some x in ["a", "b"]
	v := data.recursion.q[x]
}

q.a := 1

q.b := data.recursion.s

s := 2

t if u(3)

u(n) if n > 1

u(n) if {
	n < 0
	input[n]
}
