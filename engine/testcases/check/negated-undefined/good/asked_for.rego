package authz

default allow := false

allow if {
	is_object(data.denied)
	not data.denied[input.user]
}

# By a rule that this one rests on.
allow if {
	ready
	not banned
	not data.suspended[input.user]
}

ready if {
	input.user
	is_array(data.banned)
	is_object(data.suspended)
}

banned if input.user in data.banned

# By every rule that leads here.
allow if {
	is_object(data.frozen)
	not_frozen
}

allow if {
	data.frozen != {}
	not_frozen
}

not_frozen if not data.frozen[input.user]

# An element of a set came from a rule that asked for the document.
allow if {
	"admin" in roles
	not data.grants.locked
}

allow if {
	count(roles) > 0
	not data.grants[input.user].revoked
}

roles contains role if some role in data.grants.locked

roles contains role if some role in data.grants.locked.old
