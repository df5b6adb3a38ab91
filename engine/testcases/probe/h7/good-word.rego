package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.path in {"/team/notes/list", "/team/ledger/list"}
	not closed
}

closed if input.path == "/team/ledger/list"

test_notes_are_open if allow with input as {"path": "/team/notes/list"}

test_the_ledger_is_closed if not allow with input as {"path": "/team/ledger/list"}
