package authz

default allow := false

allow if startswith(input.spiffe_id, "spiffe://example.com/")

allow if endswith(input.domain, ".example.com")

allow if endswith(input.email, "@example.com")

allow if regex.match("^/public(/|$)", input.path)

allow if regex.match(`^spiffe://example\.com/(a|b)$`, input.spiffe_id)

allow if regex.match("^/static/.*", input.path)

# No identifier.
allow if contains(input.comment, "approved")

allow if startswith(input.version, "2")

# Not a constant.
allow if startswith(input.path, data.prefix)

# Refuses.
allow if {
	startswith(input.path, "/public/")
	not contains(input.path, "secret")
}

deny contains "internal" if contains(input.path, "internal")
