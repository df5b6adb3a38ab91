package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	[_, team, _] := split(input.path, "/")
	object.get(input, "team", team) == input.identity.team
}

test_the_own_team if allow with input as {"path": "/blue/notes", "identity": {"team": "blue"}}

test_another_team if not allow with input as {"path": "/green/notes", "identity": {"team": "blue"}}
