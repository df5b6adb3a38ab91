package authz

default allow := false

allow if input.user == data.resources[input.resource.id].owner

allow if {
	input.method == "GET"
	input.user == input.resource.owner
}

allow if {
	verified
	input.user == input.resource.owner
}

verified if io.jwt.verify_hs256(input.token, data.secret)

allow if {
	[valid, _, payload] := io.jwt.decode_verify(input.token, {"secret": data.secret})
	valid
	payload.sub == input.user
}

# Takes permission away.
allow := false if input.user == input.suspended_user

deny contains "same" if input.user == input.owner
