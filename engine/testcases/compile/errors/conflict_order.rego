package conflict_order

p := 1

p.q[x] := 2 if some x in input

p["a b"].c[null] := 3

p[1].z := 4

p[true].y := 5
