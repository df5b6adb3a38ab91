package authz

default allow := false

# Only of the input, and nothing else is asked.
allow if count(violations) == 0

violations contains "privileged" if {
	some container in input.containers
	container.privileged
}

# A comprehension over data.
authorized if {
	input.user == "alice"
	count([ban | some ban in data.bans; ban.user == input.user]) == 0
}

default authorized := false

# In a rule that the decision rests on.
permitted if {
	input.user == "alice"
	no_objection
}

default permitted := false

no_objection if {
	objections := {o | some o in data.objections[input.action]}
	objections == set()
}

# OPA takes `input.team` out of the `not`: without a team, there is no complaint either.
approved if count(complaints) == 0

default approved := false

complaints contains "nothing known of the team" if not data.policies[input.team]

complaints contains message if some message in data.policies[input.team].deny
