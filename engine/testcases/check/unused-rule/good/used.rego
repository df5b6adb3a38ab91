package authz

default allow := false

allow if {
	input.user == "alice"
	_is_member(input.user)
	some name in ["x", "y"]
	_checks[name]
}

_is_member(user) if user in data.members

_checks.x if input.x

_checks.y if input.y

# Asked from outside, maybe.
reasons contains "unknown" if not input.user

test_replaced if allow with data.authz._now as 1

_now := time.now_ns()
