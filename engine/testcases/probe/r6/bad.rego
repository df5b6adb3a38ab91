package app

# METADATA
# entrypoint: true
default allow := false

allow if input.user == "ann"

deny contains "not at night" if input.hour < 6

test_ann_may if allow with input as {"user": "ann"}

test_ben_may_not if not allow with input as {"user": "ben"}
