package authz

# To refuse when something is missing is what one wants.
deny contains "no token" if not input.token

default deny_all := false

deny_all if not data.loaded

default allow := false

allow if {
	input.user == "alice"
	is_string(input.token)
	not unknown
}

unknown if not input.token

# What the input may lack is known to a decision that reads it.
allow if {
	input.method == "GET"
	not is_dangerous
}

is_dangerous if input.path == "/shutdown"

# Another input.
allow if {
	input.user == "bob"
	not data.denied.bob with data.denied as {"bob": false}
}

# Says no, be it in an object.
authorized := {"allowed": false, "reason": "no identity"} if not input.identity

authorized := {"allowed": true} if input.identity == data.root

default authorized := {"allowed": false}

approved := false if not input.reviewed

approved if input.reviewed == true

default approved := false
