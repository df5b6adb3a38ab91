package equal

pairs := [[1, "a"], [2, "b"]]

taken if {
	[n, "b"] = pairs[_]
	n == 2
}

names contains name if some {"name": name, "age": 2} in input.people

area({"w": w, "h": h}) := w * h

area([side]) := side * side

kind("a") := "letter"

kind(x) := "number" if is_number(x)

default fallback(_) := 0

fallback(x) := 1 if x > 10

ages[person.name] := person.age if some person in input.people

nested[x][y] := z if {
	some x in ["p", "q"]
	some y, z in {"r": 1}
}

tags[x] contains y if {
	some x in ["p", "q"]
	some y in [1, 2]
}

shapes if {
	area({"w": 2, "h": 3}) == 6
	area([2]) == 4
	kind("a") == "letter"
	kind(1) != "letter"
}

low := fallback(3)

high := fallback(11)

paths := [p | walk(input.people, [p, 2])]

same if input.people[0].name == data.equal.ages_of.first

ages_of := {"first": "ann"}

both if input.people[i] == input.others[i]

mocked if kind("a") == "b" with data.equal.kind as "b"

replaced := x if x := area([3]) with data.equal.area as kind

in_set if 2 in {1, 2}

counted := count(input.people)

deep if {"a": [x, {"b": y}]} = {"a": [1, {"b": [2, 3]}]}

differs if [1, 2] = [1, 3]

size if input.people = [x]

keyed if input.people[0] = {"age": x, "city": "x"}

ordered := x if {
	input.people[1].missing
	x := 1
} else := 2

merged := object.union({"a": 1}, {"b": data.equal.counted})

text := sprintf("%v", [input.people[0].age])

one_of := x if x := {k: v | some k, v in {"a": 1}}

member if names[input.people[1].name]

unknown if names.nobody
