package comprehension

by_owner := {owner: names |
	some item in data.items
	item.size >= input.least
	owner := item.owner
	names := {other.name |
		some other in data.items
		other.owner == owner
	}
}

total := sum([item.size | some item in data.items; item.size >= input.least])

answer := {"owners": count(by_owner), "total": total}
