package authz

allow if input.user == "alice"

allow if input.user == "bob"

authorized := true if {
	input.user == "alice"
} else := false if {
	input.user == "bob"
}

http.allowed if input.method == "GET"
