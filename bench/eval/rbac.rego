package rbac

default allow := false

allow if {
	some role in data.roles_of[input.user]
	some permission in data.permissions_of[role]
	permission.action == input.action
	permission.kind == input.kind
}
