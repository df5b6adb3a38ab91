package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user in data.staff
	some entry in data.banned
	entry != input.user
}

test_ann_may if allow with input as {"user": "ann"}
