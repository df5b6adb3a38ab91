package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.caller in {"id:ann", "id:ben", "id:cleo"}
	approvers := {approver | some approver in input.approvers; approver != input.caller}
	approvers == {"id:ann", "id:ben"}
}

test_two_approve if allow with input as {"caller": "id:cleo", "approvers": ["id:ann", "id:ben"]}

test_one_does_not_do if not allow with input as {"caller": "id:cleo", "approvers": ["id:ann"]}
