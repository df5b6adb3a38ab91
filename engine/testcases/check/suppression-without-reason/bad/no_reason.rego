package authz

# portcullis: allow default-true
default allow := true

import data.x # portcullis: allow unused-import
