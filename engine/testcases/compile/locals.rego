package locals

import data.lib.things as stuff

f(x, [y, z], {"k": w}) := x + y + z + w

p := y if {
	x := 1
	y := [x | some x in input.xs; x > 1]
	{x, 2} == {1, 2}
	stuff[x]
}

q if {
	some i, j
	input.a[i] == input.b[j]
	not input.c[i][j]
}

r if {
	some {"id": id, "name": name} in input.users
	name != id
	every k, v in input.limits {
		v > id
		k != name
	}
}

s := {k: v | some k, v in input.m; v != ""}

count_is_a_variable if {
	count = input.count
	count > 1
}
