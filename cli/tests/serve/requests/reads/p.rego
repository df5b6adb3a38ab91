package app

default allow := false

allow if input.user == "alice"

allow if input.user in data.admins

f(x) := x + 1

undef if false

obj.a := 1

obj.b := {"c": [1, 2, {"d": 3}]}

s contains x if some x in [3, 1, 2]

bad := 1 / input.zero

conf := 1 if input.c

conf := 2 if input.c

noted if {
	trace("a note")
	input.user == "bob"
	trace(sprintf("another %v", [1]))
}

echo := input

html := {"<a>": "b & c"}

unicode := "é😀\u2028"

big := 123456789012345678901234567890 + 1

keys := {1: "a", true: "b", null: "c", [1]: "d"}

strict := x if {
	x := to_number(input.user)
}

strict := "default" if input.zero == 0

large := [x | some x in numbers.range(1, 500)]

cut := substring("abc", input.zero, 2)
