package a

p[x] { x := input[_] }

q[x] = y { y := x }

r = 1 { true } { false }

s { true } else = 2 { false } else { true }

t["a"]

f(x) = y { y := x }

default u = false
