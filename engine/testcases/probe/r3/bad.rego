package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.action == "read"
	input.tenant == input.resource.tenant
}

test_own_tenant if allow with input as {"action": "read", "tenant": "north", "resource": {"tenant": "north"}}

test_other_tenant if not allow with input as {"action": "read", "tenant": "north", "resource": {"tenant": "south"}}
