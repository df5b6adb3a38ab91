package authz

import data.suspended

default allow := false

allow if {
	input.user in data.users
	not input.blocked
}

allow if {
	input.user in data.users
	not data.denied[input.user]
}

allow if {
	input.user in data.users
	not suspended[input.user]
}

allow if {
	input.user in data.users
	not input.role == "guest"
}

allow if {
	input.user in data.users
	not data.config.locked
}

# Other documents say nothing about this one.
allow if {
	is_object(data.denied_actions)
	not data.denied[input.user]
}
