package app

# OPA takes what the call in the line below gives a value to for a variable of the `every`.
too_early if {
	every x in [1] { x == i }
	is_string(input.names[i])
}

walked := value if {
	every x in input.xs { value = x }
	walk(input.tree, [_, value])
}

# An equality is between them.
in_time if {
	every x in [1] { x == i }
	i = input.names[_]
}

two_variables if {
	every x in [1] { x == [i, j] }
	is_string(input.names[i])
	is_string(input.names[j])
}

late_domain if {
	every x in xs { x == i }
	is_string(input.names[i])
	xs = [1]
}

waits_too if {
	every x in [1] { x == i }
	not input.names[i] == 7
	is_string(input.names[i])
	input.names[_] = k
}
