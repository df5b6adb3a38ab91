# Which comprehensions are collected for all keys at once: `by` tells the keys.
package groupings

import rego.v1

names[owner] := found if {
	some owner in data.owners
	found := {other.name | some other in data.items; other.owner == owner; other.size > 1}
}

by_two contains found if {
	some owner in data.owners
	some kind in data.kinds
	found := [upper(other.name) | some other in data.items; lower(other.owner) == owner; other.kind == kind]
}

# The key is read otherwise than in one comparison.
collected contains found if {
	some owner in data.owners
	found := [[owner, other.name] | some other in data.items; other.owner == owner]
}

larger contains found if {
	some size in data.sizes
	found := [other.name | some other in data.items; other.size > size]
}

steps contains found if {
	some owner in data.owners
	found := [name | name := data.by_owner[owner][_]]
}

twice contains found if {
	some owner in data.owners
	found := [other.name | some other in data.items; other.owner == owner; other.manager == owner]
}

# For keys that nobody asks for it would cost too much or show.
goes_through contains found if {
	some owner in data.owners
	found := [part | some other in data.items; other.owner == owner; some part in other.parts]
}

evaluates contains found if {
	some owner in data.owners
	found := [other.name | some other in data.items; other.owner == owner; is_fine(other)]
}

is_fine(item) if item.size > 1

changes contains found if {
	some owner in data.owners
	found := [other.name | some other in data.items; other.owner == owner; rand.intn(owner, 2) == 1]
}

replaces contains found if {
	some owner in data.owners
	found := [other.name | some other in data.items; other.owner == owner; is_fine(other) with input as owner]
}
