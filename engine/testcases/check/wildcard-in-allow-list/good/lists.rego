package authz

default allow := false

allowed_origins := {"https://example.com", "https://*.example.com"}

denied_origins := {"*"}

not_allowed := ["*"]

separators := ["*", "/"]

allowed_operators := {"multiply": "*"}

# Asks for a wildcard, and is no list.
allow if "*" in data.roles[input.role].actions

allow if glob.match("/public/*", ["/"], input.request)
