package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_array(input.approvals)
	every who in input.approvals {
		who in {"ann", "ben", "cat"}
	}
	count({who | some who in input.approvals}) >= 2
}

test_two_approve if allow with input as {"approvals": ["ann", "ben"]}

test_one_is_not_enough if not allow with input as {"approvals": ["ann"]}
