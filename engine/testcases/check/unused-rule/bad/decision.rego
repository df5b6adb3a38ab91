package authz

default allow := false

allow if input.user == "alice"

is_suspended(user) if data.suspended[user]

_roles contains role if some role in data.roles

_level := 1 if input.a == 1

_level := 2 if input.a == 2

# Only calls itself by another name.
_unused_chain if _roles["a"]
