package shop

default allow := false

allow if {
	input.user == "ann"
	input.amount < data.limits.amount
}

roles contains role if some role in data.users[input.user].roles

reasons contains "too much" if input.amount > 10

discount(amount) := amount / 2

undefined_rule if input.nothing

text := "line\nbreak <b> & \"quotes\" 漢字 \t tab"

nested := {"a": {"b": [1, {2, 3}, null]}, "empty": [{}, [], set()]}

ratio := 1 / 0

clash := 1 if input.user

clash := 2 if input.amount
