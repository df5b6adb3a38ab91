package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user == "ann"
	is_number(input.now)
	input.now < 4102444800
}

test_ann_may if allow with input as {"user": "ann", "now": 1}

test_ben_may_not if not allow with input as {"user": "ben", "now": 1}
