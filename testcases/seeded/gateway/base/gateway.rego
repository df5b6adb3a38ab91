# METADATA
# title: Gateway of an API
# description: |
#   Decides whether a request may pass to the services behind the gateway. A token that was signed for this gateway says who
#   asks, routes say what is wanted for a path. Paths have one way to be written; every other way is denied, not mended.
#   Built of positive facts only: one that cannot be established denies the request.
# custom:
#   input: [method, path, token, time_ns, calls]
#   data: [issuer, audience, keys, routes, internal, plans, revoked]
package gateway.authz

# METADATA
# title: May the request pass
# description: True or false for every input and every state of the data.
# scope: document
# entrypoint: true
default allow := false

allow if {
	path_canonical
	path_public
	token_sound
	not_revoked
	within_rate
	some route in data.gateway.routes
	route_matches(route)
	route_permits(route)
}

# METADATA
# title: The path is written in the one way that is understood
# description: |
#   Small letters, digits, dash, underscore and dots inside a segment. So there are no escapes, empty or dotted segments,
#   parameters, queries and fragments, and no trailing slash, which services read in different ways.
# scope: document
path_canonical if {
	is_string(input.path)
	count(input.path) <= 1024
	regex.match(`^(?:/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$`, input.path)
}

# METADATA
# title: The path leads to nothing internal
# scope: document
path_public if {
	is_array(data.gateway.internal)
	every prefix in data.gateway.internal {
		startswith(prefix, "/")
		startswith(concat("", [input.path, "/"]), prefix) == false
	}
}

# METADATA
# title: The key that the token names
# scope: document
key := found if {
	[header, _, _] := io.jwt.decode(input.token)
	header.alg == "HS256"
	is_string(header.kid)
	some found in data.gateway.keys
	found.kid == header.kid
	is_string(found.secret)
	count(found.secret) >= 32
}

# METADATA
# title: What the token claims, once its signature, issuer, audience and times were verified
# scope: document
claims := payload if {
	is_number(input.time_ns)
	startswith(data.gateway.issuer, "https://")
	startswith(data.gateway.audience, "https://")
	[verified, _, payload] := io.jwt.decode_verify(input.token, {
		"alg": "HS256",
		"secret": key.secret,
		"iss": data.gateway.issuer,
		"aud": data.gateway.audience,
		"time": input.time_ns,
	})
	verified == true
}

# METADATA
# title: The token has all claims, each of its type
# description: Times are optional in a token, and one that has none would never expire.
# scope: document
token_sound if {
	is_number(claims.exp)
	is_number(claims.nbf)
	is_string(claims.jti)
	is_string(claims.sub)
	is_string(claims.tenant)
	regex.match(`^[a-z][a-z0-9-]{0,63}$`, claims.tenant)
	is_string(claims.scope)
	is_number(claims.level)
	is_string(claims.plan)
}

# METADATA
# title: Neither the token nor its subject is revoked
# scope: document
not_revoked if {
	is_array(data.gateway.revoked)
	every entry in data.gateway.revoked {
		is_string(entry)
		entry != claims.jti
		entry != claims.sub
	}
}

# METADATA
# title: The subject has calls left in its plan
# scope: document
within_rate if {
	is_number(input.calls)
	input.calls >= 0
	most := data.gateway.plans[claims.plan]
	is_number(most)
	input.calls < most
}

# METADATA
# title: The route is for this method and path
# description: In the pattern of a path a star stands for one segment.
# scope: document
route_matches(route) if {
	is_array(route.methods)
	input.method in route.methods
	is_string(route.path)
	glob.match(route.path, ["/"], input.path)
}

# METADATA
# title: The token has what the route wants
# scope: document
route_permits(route) if {
	is_array(route.scopes)
	count(route.scopes) > 0
	every scope in route.scopes {
		scope in scopes_held
	}
	is_number(route.level)
	claims.level >= route.level
	tenant_fits(route)
}

scopes_held := {scope | some scope in split(claims.scope, " "); scope != ""}

# A route for all tenants says so; in that of one, the second segment of the path is the tenant of the token.
tenant_fits(route) if route.tenant_bound == false

tenant_fits(route) if {
	route.tenant_bound == true
	segments := split(input.path, "/")
	segments[1] == "tenants"
	segments[2] == claims.tenant
}
