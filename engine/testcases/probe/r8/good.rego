package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	some row in data.users
	row.id == input.user
	row.active == true
}

users := [{"id": "ann", "active": true}, {"id": "ben", "active": false}]

test_ann_may if allow with input as {"user": "ann"} with data.users as users

test_ben_left if not allow with input as {"user": "ben"} with data.users as users
