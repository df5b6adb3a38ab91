package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user in data.staff
	is_array(data.banned)
	not input.user in data.banned
}

test_ann_may if allow with input as {"user": "ann"}

test_ben_may_not if not allow with input as {"user": "ben"}
