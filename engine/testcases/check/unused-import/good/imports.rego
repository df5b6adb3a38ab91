package authz

import data.actions
import data.banned as bans
import data.flags
import data.levels
import data.names
import future.keywords.in
import input.user
import rego.v1

default allow := false

allow if {
	user in bans
	every action in actions { action == input.action }
	count([name | some name in names]) > 0
}

level := levels[0] if input.x

else := flags.level
