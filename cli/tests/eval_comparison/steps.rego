package steps

default a := false

a if {
	not input.blocked
	some x in input.list
	x > 1
	f(x) == 4
}

a if input.admin

f(n) := n * 2

deny contains msg if {
	input.x
	msg := "no"
}

c := [y | y := input.list[_]; y > 1]

e if every v in input.list { v > 0 }

w if a with input.admin as true

obj[k] := v if some k, v in {"a": 1}

el := 1 if { input.z } else := 2 if { input.list } else := 3

n if { trace("hi"); not a; trace("there") }

g if input.role == "admin"
g if input.role == "boss"

default small := false

small if input.list[0] > 3

s contains x if some x in [1, 2]

m if {
	some r in data.steps.s
	r == 2
}

fn(x) := 1 if x > 1

fn(x) := 2 if x <= 1

y if fn(0) == 2

bad := to_number("x")
