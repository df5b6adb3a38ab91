package authz

default allow := false

allow if object.get(input, "verified", true)

allow if {
	input.user == "alice"
	not object.get(input, "blocked", false)
}

allow if object.get(input, "role", "admin") == "admin"

allow if {
	blocked := object.get(data.blocked, input.user, false)
	blocked == false
}

allow if {
	input.user == "alice"
	count(object.get(data.lists, "denied", [])) == 0
}

allow if {
	denied := object.get(data.lists, "denied", [])
	not input.user in denied
}

allow if {
	trusted := object.get(input, ["user", "trusted"], true)
	trusted
}
