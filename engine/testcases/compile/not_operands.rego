package app

# The operand leaves the `not`: with `input.roles` missing the rule is undefined.
allow if not count(input.roles) > 0

deny if {
	not startswith(lower(input.user.name), "admin")
	some user in input.users
	not user.name == concat("-", ["a", input.suffix])
}
