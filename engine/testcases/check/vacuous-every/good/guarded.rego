package authz

default allow := false

allow if {
	count(input.scopes) > 0
	every scope in input.scopes { scope in data.granted }
}

allow if {
	input.user == "alice"
	every role in input.roles { role == "reader" }
}

# Not empty.
allow if every action in ["read", "list"] { action in input.allowed_actions }

# The decision asks more than this rule.
allow if {
	input.user == "bob"
	all_signed
}

all_signed if every image in input.images { image.signed == true }

# Refuses.
deny contains "all roles are bad" if every role in input.roles { role == "bad" }
