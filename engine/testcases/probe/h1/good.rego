package app

# METADATA
# entrypoint: true
default allow := false

allow if input.user in {"ann", "ben"}

test_guests_stay_out if not allow with input as {"user": "guest"}

test_others_come_in if allow with input as {"user": "ann"}
