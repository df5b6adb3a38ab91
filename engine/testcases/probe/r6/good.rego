package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user == "ann"
	is_number(input.hour)
	count(deny) == 0
}

deny contains "not at night" if input.hour < 6

test_ann_may if allow with input as {"user": "ann", "hour": 9}

test_ben_may_not if not allow with input as {"user": "ben", "hour": 9}
