package authz

# The second applies whenever the first does.
level := "high" if {
	input.kind == "admin"
	input.verified == true
}

level := "low" if input.kind == "admin"

# An input can have both.
tier := 1 if input.department == "sales"

tier := 2 if input.role == "manager"

# Without a condition.
mode := "open"

mode := "closed" if data.closed

# Two of the values agree.
zone := "a" if input.region in {"eu", "us"}

zone := "b" if input.region in {"us", "asia"}

default allow := false

allow if input.user.name == "alice"

allow := false if input.user.suspended

# Conditions that can't be understood, but are the same.
size := 1 if count(input.items) > 3

size := 2 if {
	count(input.items) > 3
	input.big
}
