package system.authz

default allow := false

allow if input.identity == "root"

allow := {"allowed": true} if input.path == ["v1", "data", "echo"]

allow := {"allowed": false, "reason": "no policies for you"} if input.path[1] == "policies"

allow := {"reason": "nothing said"} if input.path == ["v1", "data", "said"]

allow := "yes" if input.path == ["v1", "data", "text"]

allow := true if input.path == ["health"]

allow := true if input.body.input.open

allow := true if input.params.q == ["x=1"]

allow := true if input.headers["X-Long-Name"] == ["a", "b"]

allow := true if input.path == ["v1", "data", "a/b", "c"]

allow := true if {
	input.path == [""]
	input.method == "POST"
	input.body.a == 1
}
