package authz

import data.banned
import data.roles as known_roles
import input.user

default allow := false

allow if input.action == "read"
