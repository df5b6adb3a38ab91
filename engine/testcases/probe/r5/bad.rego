package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_array(input.approvals)
	count(approvers) >= 2
}

approvers := [who | some who in input.approvals; who in {"ann", "ben", "cat"}]

test_two_approve if allow with input as {"approvals": ["ann", "ben"]}

test_one_is_not_enough if not allow with input as {"approvals": ["ann"]}
