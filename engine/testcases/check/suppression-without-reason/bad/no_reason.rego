package authz

# portcullis: allow default-true
default allow := true

import data.x # portcullis: allow unused-import

debug := 1 # portcullis: no-cover
