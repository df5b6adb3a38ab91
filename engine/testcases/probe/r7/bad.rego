package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user == "ann"
	time.now_ns() < 4102444800000000000
}

test_ann_may if allow with input as {"user": "ann"}

test_ben_may_not if not allow with input as {"user": "ben"}
