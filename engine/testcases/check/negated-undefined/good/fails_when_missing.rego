package authz

default allow := false

# OPA takes these operands out of the `not`: the condition fails when they are missing.
allow if {
	input.user == "alice"
	not input.action in data.forbidden
}

allow if not startswith(input.action, "delete")

allow if not count(input.violations) > 0

# A field of something that is there.
allow if {
	user := data.users[input.user]
	not user.suspended
}

# Denied by default.
allow if {
	input.user == "alice"
	not denied
}

default denied := true

denied := false if data.denied[input.user] == false
