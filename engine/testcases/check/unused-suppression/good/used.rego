package authz

# portcullis: allow missing-default the caller treats undefined as no
allow if input.user == "alice"
