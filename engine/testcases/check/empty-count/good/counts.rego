package authz

default allow := false

# The documents are asked for.
allow if {
	is_string(input.user)
	is_array(data.banned)
	count(deny) == 0
}

deny contains "banned" if input.user in data.banned

# What is missing can't be counted, and OPA ends the body there.
allow if count(data.objections) == 0

allow if count(input.violations) == 0

# The decision knows the shape of the input.
allow if {
	input.request.kind == "Pod"
	count(violations) == 0
}

violations contains "privileged" if {
	some container in input.request.containers
	container.privileged
}

# The opposite.
allow if count(matches) > 0

matches contains grant if {
	some grant in data.grants
	grant.user == input.user
}

# Denies.
deny contains "no grant" if count(matches) == 0

# The set has an element when the document is missing.
authorized if count(complaints) == 0

default authorized := false

complaints contains "no policies were loaded" if not data.policies

complaints contains message if some message in data.policies.deny
