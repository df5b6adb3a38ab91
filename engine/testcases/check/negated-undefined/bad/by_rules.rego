package authz

default allow := false

# Nobody is banned when the list is missing.
allow if {
	input.user in data.users
	not banned
}

banned if input.user in data.banned

# A set that rules make is empty when the list is missing.
allow if {
	input.user in data.users
	not input.user in suspended
}

suspended contains user if some user in data.suspended

# A function.
allow if {
	input.user in data.users
	not is_locked(input.user)
}

is_locked(user) if data.locked[user] == true

# Only one of the rules that lead here asks for the list.
allow if {
	is_object(data.frozen)
	not_frozen
}

allow if {
	input.user == "alice"
	not_frozen
}

not_frozen if not data.frozen[input.user]

# A comprehension.
allow if {
	input.user in data.users
	not input.user in {user | some user in data.retired}
}

# Nothing at all is asked of the input.
authorized if not refused

default authorized := false

refused if input.method == "DELETE"
