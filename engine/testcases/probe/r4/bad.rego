package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	contains(input.host, "corp.example")
	input.action == "read"
}

test_our_hosts if allow with input as {"host": "corp.example", "action": "read"}

test_other_hosts if not allow with input as {"host": "other.test", "action": "read"}
