package operand_bodies

import future.keywords.and
import future.keywords.not
import future.keywords.or

p if {
	not {
		x := input.x
		count(x) > 3
	}
}

q if {
	input.a and input.b or count(input.c) == 1
}

r if {
	some x in input.xs
	{ y := x.y; y > 1 } or { some z in x.zs; z == input.z }
	not x.blocked
}
