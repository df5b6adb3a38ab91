package authz

# Who may do what: <b>admins</b> everything, others what they were granted. </script>

default allow := false

allow if "admin" in input.roles

allow if {
	some grant in data.grants
	grant.user == input.user
	grant.action == input.action
	not suspended
}

allow if {
	input.method == "GET"
	input.path == "/health"
}

suspended if input.user in data.suspended

level := "high" if {
	input.amount > 1000
} else := "low" if {
	input.amount > 10
} else := "none"

# portcullis: no-cover the console asks for it
debug := {"grants": data.grants}
