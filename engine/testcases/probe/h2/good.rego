package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.user in {"ann", "ben"}
	input.environment == "test"
}

test_ann_may_test if allow with input as {"user": "ann", "environment": "test"}

test_production_is_closed if not allow with input as {"user": "ann", "environment": "production"}
