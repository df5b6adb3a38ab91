# METADATA
# title: Roles, tenants and ownership
# description: |
#   Decides what a user may do with a resource of a tenant: by a role, as its owner, or in an emergency by breaking glass.
#   Nobody on the deny list may do anything, and nobody approves what is their own. Built of positive facts only: one that
#   cannot be established denies the request.
# custom:
#   input: [user, action, resource, now, break_glass]
#   data: [users, tenants, roles, bindings, denied, owner_permissions, separated, limited, break_glass]
package rbac.authz

# METADATA
# title: May the user do this
# description: True or false for every input and every state of the data.
# scope: document
# entrypoint: true
default allow := false

allow if {
	request_sound
	not_denied
	user_active
	tenant_active
	granted
	separated
	within_limit
}

# METADATA
# title: The request has all fields, each of its type
# description: The service that keeps the resource says of which tenant and owner it is. The time is seconds since 1970.
# scope: document
request_sound if {
	name(input.user)
	name(input.action)
	name(input.resource.type)
	name(input.resource.tenant)
	name(input.resource.owner)
	is_string(input.resource.id)
	regex.match(`^[a-z]+-[0-9]{1,12}$`, input.resource.id)
	is_number(input.now)
}

name(value) if {
	is_string(value)
	regex.match(`^[a-z][a-z0-9-]{0,63}$`, value)
}

permission := sprintf("%s:%s", [input.resource.type, input.action])

# METADATA
# title: The user is not on the deny list
# description: Says so of each entry in turn. An entry that could never match denies everybody until it is mended.
# scope: document
not_denied if {
	is_array(data.rbac.denied)
	every entry in data.rbac.denied {
		name(entry)
		entry != input.user
	}
}

# METADATA
# title: The user exists, is active and belongs to the tenant of the resource
# scope: document
user_active if {
	some user in data.rbac.users
	user.id == input.user
	user.tenant == input.resource.tenant
	user.active == true
}

# METADATA
# title: The tenant exists and is not suspended
# scope: document
tenant_active if {
	some tenant in data.rbac.tenants
	tenant.id == input.resource.tenant
	tenant.state == "active"
}

# METADATA
# title: Something gives the permission
# scope: document
default granted := false

granted if {
	some role in roles_held
	role_permits(role, permission)
}

granted if {
	input.resource.owner == input.user
	is_array(data.rbac.owner_permissions)
	permission in data.rbac.owner_permissions
}

granted if glass_broken

# METADATA
# title: Roles of the user in the tenant of the resource, with those they include
# scope: document
roles_held := graph.reachable(inclusions, bound)

bound := {binding.role |
	some binding in data.rbac.bindings
	binding.user == input.user
	binding.tenant == input.resource.tenant
}

inclusions[name] := role.includes if some name, role in data.rbac.roles

# METADATA
# title: The role has the permission
# description: Either by its name, or by that of its type with a star for the action.
# scope: document
role_permits(role, wanted) if {
	some entry in data.rbac.roles[role].permissions
	entry == wanted
}

role_permits(role, wanted) if {
	some entry in data.rbac.roles[role].permissions
	entry == concat(":", [split(wanted, ":")[0], "*"])
}

# METADATA
# title: An emergency is declared, by someone who may, for a short time
# scope: document
glass_broken if {
	glass := data.rbac.break_glass
	input.user in glass.users
	permission in glass.permissions
	is_string(input.break_glass.ticket)
	regex.match(`^INC-[0-9]{4,8}$`, input.break_glass.ticket)
	is_number(input.break_glass.until)
	input.now < input.break_glass.until
	input.break_glass.until - input.now <= glass.seconds
}

# METADATA
# title: Nobody approves what is their own
# description: Holds for permissions that are not separated, and for the rest between two people.
# scope: document
default separated := false

separated if {
	every entry in data.rbac.separated {
		entry != permission
	}
}

separated if {
	is_array(data.rbac.separated)
	input.resource.owner != input.user
}

# METADATA
# title: The amount is within the limit of one of the user's roles
# description: Holds for permissions without a limit, too.
# scope: document
default within_limit := false

within_limit if {
	every entry in data.rbac.limited {
		entry != permission
	}
}

within_limit if {
	is_array(data.rbac.limited)
	is_number(input.resource.amount)
	input.resource.amount >= 0
	some role in roles_held
	limit := data.rbac.roles[role].limit
	is_number(limit)
	input.resource.amount <= limit
}
