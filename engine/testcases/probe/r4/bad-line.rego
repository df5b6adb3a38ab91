package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	regex.match(`(?m)^agent/[a-z0-9]+$`, input.caller)
	not input.caller in {"agent/mallory"}
}

test_agents if allow with input as {"caller": "agent/ann"}

test_not_those_who_are_banned if not allow with input as {"caller": "agent/mallory"}

test_nobody_else if not allow with input as {"caller": "person/ann"}
