package v0

p[x] { x = input.xs[_] }

q = y { y := 1 } else = 2 { true }
