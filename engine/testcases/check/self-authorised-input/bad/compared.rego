package authz

default allow := false

allow if input.user == input.resource.owner

allow if {
	owner := input.resource.owner
	input.user == owner
}

allow if input.user in input.resource.allowed_users

allow if {
	is_string(input.user)
	input.user == input.resource.owner
	input.tenant == input.resource.tenant
}

allow if owns

owns if input.claims.sub == input.resource.creator

default permit := false

permit := input.user == input.owner
