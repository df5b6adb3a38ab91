package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	some permission in data.roles[input.role]
	glob.match(permission, [":"], input.action)
}

test_readers_read if allow with input as {"role": "reader", "action": "note:read"}

test_writers_write if allow with input as {"role": "writer", "action": "note:write"}

test_writers_write_notes if not allow with input as {"role": "writer", "action": "list:write"}
