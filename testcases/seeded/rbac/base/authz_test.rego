# METADATA
# title: Tests of roles, tenants and ownership
# description: Every test brings its own documents, so the results do not depend on the data that was loaded.
package rbac.authz_test

import data.rbac.authz

documents := {
	"users": [
		{"id": "vera", "tenant": "north", "active": true},
		{"id": "ed", "tenant": "north", "active": true},
		{"id": "mona", "tenant": "north", "active": true},
		{"id": "finn", "tenant": "north", "active": true},
		{"id": "gone", "tenant": "north", "active": false},
		{"id": "mallory", "tenant": "north", "active": true},
		{"id": "sam", "tenant": "paused", "active": true},
	],
	"tenants": [
		{"id": "north", "state": "active"},
		{"id": "south", "state": "active"},
		{"id": "paused", "state": "suspended"},
	],
	"roles": {
		"viewer": {"permissions": ["invoice:read"], "includes": []},
		"editor": {"permissions": ["invoice:update"], "includes": ["viewer"]},
		"manager": {"permissions": ["invoice:approve", "report:*"], "includes": ["editor"], "limit": 1000},
	},
	"bindings": [
		{"user": "vera", "role": "viewer", "tenant": "north"},
		{"user": "ed", "role": "editor", "tenant": "north"},
		{"user": "mona", "role": "manager", "tenant": "north"},
		{"user": "gone", "role": "manager", "tenant": "north"},
		{"user": "mallory", "role": "manager", "tenant": "north"},
		{"user": "sam", "role": "editor", "tenant": "paused"},
	],
	"denied": ["mallory"],
	"owner_permissions": ["invoice:update"],
	"separated": ["invoice:approve"],
	"limited": ["invoice:approve"],
	"break_glass": {"users": ["finn"], "permissions": ["invoice:read"], "seconds": 3600},
}

request(user, action) := {
	"user": user,
	"action": action,
	"resource": {"type": "invoice", "id": "inv-7", "tenant": "north", "owner": "olaf", "amount": 500},
	"now": 1000,
}

with_resource(asked, fields) := object.union(asked, {"resource": fields})

judge(asked, known) := answer if {
	answer := authz.allow with input as asked
		with data.rbac.users as known.users
		with data.rbac.tenants as known.tenants
		with data.rbac.roles as known.roles
		with data.rbac.bindings as known.bindings
		with data.rbac.denied as known.denied
		with data.rbac.owner_permissions as known.owner_permissions
		with data.rbac.separated as known.separated
		with data.rbac.limited as known.limited
		with data.rbac.break_glass as known.break_glass
}

allowed(asked) if judge(asked, documents) == true

denied(asked) if judge(asked, documents) == false

test_a_viewer_reads if allowed(request("vera", "read"))

test_a_viewer_does_not_update if denied(request("vera", "update"))

test_an_editor_updates_and_reads if {
	allowed(request("ed", "update"))
	allowed(request("ed", "read"))
}

test_a_role_includes_the_roles_of_roles if allowed(request("mona", "read"))

test_a_star_stands_for_all_actions_of_its_type if {
	allowed(with_resource(request("mona", "publish"), {"type": "report", "id": "rep-1"}))
	denied(request("mona", "publish"))
}

test_another_tenant_is_out_of_reach if denied(with_resource(request("mona", "read"), {"tenant": "south"}))

test_a_suspended_tenant_is_out_of_reach if denied(with_resource(request("sam", "update"), {"tenant": "paused"}))

test_a_user_who_left_is_denied if denied(request("gone", "read"))

test_an_unknown_user_is_denied if denied(request("nobody", "read"))

test_a_user_on_the_deny_list_is_denied if denied(request("mallory", "read"))

test_owners_update_what_is_theirs if {
	allowed(with_resource(request("vera", "update"), {"owner": "vera"}))
	denied(with_resource(request("vera", "delete"), {"owner": "vera"}))
}

test_a_manager_approves_within_the_limit if {
	allowed(request("mona", "approve"))
	denied(with_resource(request("mona", "approve"), {"amount": 1500}))
}

test_nobody_approves_their_own if denied(with_resource(request("mona", "approve"), {"owner": "mona"}))

emergency(user, until) := object.union(request(user, "read"), {"break_glass": {"ticket": "INC-20417", "until": until}})

test_breaking_glass_gives_a_short_access if {
	allowed(emergency("finn", 2000))
	denied(request("finn", "read"))
}

test_glass_is_not_broken_for_long if denied(emergency("finn", 9000))

test_glass_that_was_broken_is_mended if denied(emergency("finn", 900))

test_glass_is_not_for_everybody if denied(emergency("olaf", 2000))
