package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user in {"staff:ann", "staff:ben"}
	input.action == "read"
}

test_staff_may_read if allow with input as {"user": "staff:ann", "action": "read"}

test_staff_may_not_write if not allow with input as {"user": "staff:ann", "action": "write"}
