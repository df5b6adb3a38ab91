package heads

a.b.c := 1

a.b[x] := y if some x, y in input.list

d[input.x][y].e contains z if {
	y := input.y
	z := data.heads.a.b[y] with input as {"list": [1]}
}

f.g[1][true] := 2

f.h(x, [y, _]) := $"{x} and {y}"

g["a b"].c[null] := data.heads.f.h(1, [2, 3])

default h.i := {x | x := 1}
