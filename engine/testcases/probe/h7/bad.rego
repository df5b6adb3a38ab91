package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_string(input.path)
	not startswith(input.path, "/admin")
}

test_pages_are_open if allow with input as {"path": "/pages/1"}

test_admin_is_closed if not allow with input as {"path": "/admin"}
