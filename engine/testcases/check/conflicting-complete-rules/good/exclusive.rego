package authz

level := "high" if input.kind == "admin"

level := "low" if input.kind == "user"

# The same value.
tier := 1 if input.department == "sales"

tier := 1 if input.role == "manager"

# One after the other.
mode := "open" if {
	input.a == 1
} else := "closed" if {
	input.b == 1
}

zone := "a" if input.region in {"eu", "us"}

zone := "b" if input.region in {"asia"}

# May exclude each other: not understood.
size := 1 if count(input.items) > 3

size := 2 if count(input.items) < 2

flag := 1 if input.on

flag := 0 if not input.on

flag := 2 if input.on == false

# A field of a string is undefined.
shape := 1 if input.kind == "x"

shape := 2 if input.kind.sub == "y"

# Sets and objects take several values.
names contains "a" if input.a

names contains "b" if input.b

ages.alice := 1

ages.bob := 2

price(item) := 1 if item == "a"

price(item) := 2 if input.b
