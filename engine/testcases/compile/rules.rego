package rules

default allow := false

allow if input.admin

allow if {
	input.user == owner
	not blocked[input.user]
}

owner := data.owners[input.path]

blocked contains u if some u in data.blocked

levels.low := 1
levels.high := 3
levels[name] := n if some name, n in input.levels

tags[kind] contains tag if {
	some tag in input.tags
	kind := tag.kind
}

default grade(_) := "none"

grade(score) := "good" if score > 10
else := "fair" if score > 5
else := "poor"

path[input.key].value := 1 if input.key
