package authz

default allow := false

allow if object.get(input, "verified", false)

allow if object.get(input, "role", "guest") == "admin"

allow if {
	level := object.get(input, "level", 0)
	level >= 3
}

allow if input.user in object.get(data.lists, "users", [])

allow if not object.get(input, "blocked", true)

# Neither a constant nor a condition.
allow if object.get(input, "action", data.action) == "read"

# No grant rests on this one.
reasons contains "blocked" if not object.get(input, "known", false)
