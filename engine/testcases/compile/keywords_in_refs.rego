package keywords.if.in

import data.lib.some as words

p.not[x].every := y if {
	some x, y in input.with["else"]
	words.contains[x]
	not data.keywords.if.in.q.null
}

q.null := 1 if input.package.import

q.true contains x if {
	every x, y in input.or.and { x != y.default }
	x := data.keywords["if"]["in"].p.not[_].every
}

f.as(x) := y if y := x.if with input.not as x.with
