package recursion

a if b

b if not c

c if a

d := data.recursion[input.x]

e[x] := v if {
	some x in ["f", "g"]
	v := data.recursion.e[x]
}

f(x) := f(x - 1)

g.h[k] := v if {
	some k in input.ks
	v := data.recursion.g[k].i
}

i[x] contains y if {
	x := input.x
	some y in data.recursion.i.j
}

k if count(data.recursion.k) > 1 else if l

l := [x | x := k]
