package authz

default allow := false

allow if input.user == "alice"

# Not a decision.
default enabled := true

# Decides nothing by itself: a function with conditions.
default authorized(_) := false

authorized(user) if user in data.users

default decision := {"allow": false, "cached": true}

# The value is computed.
granted := allow

approved := false if {
	input.user == "eve"
} else := true if {
	input.user == "alice"
} else := false
