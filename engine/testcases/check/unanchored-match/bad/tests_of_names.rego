package authz

default allow := false

allow if startswith(input.spiffe_id, "spiffe://example.com")

allow if endswith(input.domain, "example.com")

allow if contains(input.email, "@example.com")

allow if regex.match("/public", input.path)

allow if regex.match("^spiffe://example.com/a|b$", input.spiffe_id)

allow if endswith(lower(input.host), "example.com")

allow if is_ours(input.where)

is_ours(issuer) if startswith(issuer, "https://login.example.com")

allow if {
	some domain in input.domains
	endswith(domain, "example.com")
}

allow if {
	count(input.images) > 0
	every image in input.images { startswith(image, "registry.example.com") }
}

default permitted := false

permitted := startswith(input.request.url, "https://example.com")
