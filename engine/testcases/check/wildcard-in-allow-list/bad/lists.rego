package authz

default allow := false

allowed_origins := {"https://example.com", "*"}

trusted_issuers contains "*"

permitted_actions := {"reader": ["read", "list"], "writer": ["*"]}

allowed.images := ["registry.example.com/**", "**"]

whitelist := {"*": true, "alice": true}

default authorized_users := ["https://*"]

allow if glob.match("**", ["/"], input.path)

allow if regex.match(".*", input.name)
