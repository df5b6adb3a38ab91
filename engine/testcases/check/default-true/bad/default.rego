package authz

default allow := true

default authorized := true

allow := false if input.user.suspended

default decision := {"allow": true, "reasons": []}

default permit := "allow"

default allowed(_) := true
