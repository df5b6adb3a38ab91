package authz

default allow := false

allow if input.user == "alice"

# Always has a value.
authorized if {
	input.user == "alice"
} else := false

# A set is never undefined.
permitted contains action if some action in data.actions

# Functions have no default of this kind.
granted(user) if user in data.users

# One document for each user.
approved[user] if some user in data.users

# No decision.
is_admin if input.user == "alice"

default http.allowed := false

http.allowed if input.method == "GET"

is_allowed := allow

permit if granted(input.user)

default permit := false
