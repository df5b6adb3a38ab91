package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.caller in {"id:ann", "id:ben", "id:cleo"}
	count({approver | some approver in input.approvers; approver in {"id:ann", "id:ben"}}) == 2
}

test_two_approve if allow with input as {"caller": "id:cleo", "approvers": ["id:ann", "id:ben"]}

test_one_does_not_do if not allow with input as {"caller": "id:cleo", "approvers": ["id:ann"]}
