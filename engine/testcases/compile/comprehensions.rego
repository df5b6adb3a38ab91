package comprehensions

p := [x.name | x := input.xs[_]]

q := {upper(x): count(y) | some x, y in input.m}

r := {[a, b] | a := [1, 2, 3][_]; b := {"k": [c | c = input.c[a]]}.k}

s := sum([n | some n in input.ns; n > avg]) if avg := sum(input.ns) / count(input.ns)

t := [1, 2, 3][input.i]

u[x] := y if {
	x := {"a": 1, "b": 2}[input.k]
	y := [z | z := x + 1][0]
}
