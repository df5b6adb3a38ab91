package joins

bad := 1 / (count(input.tags) - 2)

p if {
	some x in data.joined
	x.k == bad
}

f(a) := 1 / a

q if {
	some x in data.joined
	x.k == f(count(input.tags) - 2)
}

r := {x | some x in data.joined; x.k == bad}
