package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user == "ann"
	startswith(input.action, "")
}

test_ann_may_read if allow with input as {"user": "ann", "action": "read"}

test_ben_may_not if not allow with input as {"user": "ben", "action": "read"}
