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
