package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	some grant in data.grants
	grant.user == input.user
	grant.action == input.action
	not ended(grant)
}

ended(grant) if time.parse_rfc3339_ns(grant.until) < 1800000000000000000

test_ann_may if allow with input as {"user": "ann", "action": "read"}
