package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_array(input.approvals)
	every approval in input.approvals {
		approval.by in people
	}
	count(approvals) >= 2
}

approvals := {approval | some approval in input.approvals}

people := {"ann", "ben", "cat"}

test_two_approve if allow with input as {"approvals": [{"by": "ann"}, {"by": "ben"}]}

test_one_is_not_enough if not allow with input as {"approvals": [{"by": "ann"}]}

test_once_is_not_twice if not allow with input as {"approvals": [{"by": "ann"}, {"by": "ann"}]}
