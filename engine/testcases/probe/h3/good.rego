package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_number(input.level)
	input.level >= 3
}

test_three_is_enough if allow with input as {"level": 3}

test_two_is_not if not allow with input as {"level": 2}
