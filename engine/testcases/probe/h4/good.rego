package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user in data.users
	is_array(data.blocked)
	not input.user in data.blocked
}

test_ann_may if allow with input as {"user": "ann"} with data.users as ["ann", "ben"] with data.blocked as ["ben"]

test_ben_is_blocked if not allow with input as {"user": "ben"} with data.users as ["ann", "ben"] with data.blocked as ["ben"]
