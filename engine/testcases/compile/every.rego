package every_case

p if every x in input.xs { x > input.min }

q if {
	limit := input.limit
	every i, x in array.concat(input.xs, [1]) {
		x < limit
		some y in input.ys
		y > i + x
	}
}

r if {
	every user in data.users {
		every role in user.roles {
			role in {"a", "b"}
		}
	}
}
