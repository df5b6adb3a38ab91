package authz

# portcullis: allow default-true everybody may read
default allow := false

# portcullis: allow missing-defaults decided elsewhere
default permit := false

# portcullis: disable default-true
allow if input.user == "alice"

# portcullis: allow
permit if input.user == "alice"
