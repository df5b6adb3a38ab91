# How rules of Prometheus are read, and which of them are the alerts that are needed.

package agentweave.observability

# METADATA
# title: The alerts that are needed
# description: |
#   Which metric of which labels, through which functions ("" is none) over how long a window in seconds, compared with
#   a threshold within which limits.
# scope: document
needs := {
	"alert-svid-rotation": {
		"example": "agentweave_svid_rotation_errors_total > 0",
		"metric": "agentweave_svid_rotation_errors_total",
		"selector": `^$`,
		"functions": {"", "rate", "increase"},
		"window": 3600,
		"comparison": ">",
		"least": 0,
		"most": 0,
	},
	"alert-svid-expiry": {
		"example": "agentweave_svid_ttl_seconds < 300",
		"metric": "agentweave_svid_ttl_seconds",
		"selector": `^$`,
		"functions": {""},
		"window": 0,
		"comparison": "<",
		"least": 300,
		"most": 1800,
	},
	"alert-denials": {
		"example": "rate(agentweave_authz_denied_total[5m]) > 10",
		"metric": "agentweave_authz_denied_total",
		"selector": `^$`,
		"functions": {"rate"},
		"window": 900,
		"comparison": ">",
		"least": 0,
		"most": 10,
	},
	"alert-unknown-caller": {
		"example": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 0",
		"metric": "agentweave_authz_denied_total",
		"selector": `^\{reason="unknown_caller",?\}$`,
		"functions": {"", "rate", "increase"},
		"window": 3600,
		"comparison": ">",
		"least": 0,
		"most": 0,
	},
	"alert-capability": {
		"example": "rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 1",
		"metric": "agentweave_capability_calls_total",
		"selector": `^\{capability(="admin"|=~"([A-Za-z0-9_-]+\|)*admin(\|[A-Za-z0-9_-]+)*"),?\}$`,
		"functions": {"rate"},
		"window": 3600,
		"comparison": ">",
		"least": 0,
		"most": 1,
	},
}

# METADATA
# title: The input, null when there is none
# scope: document
default whole := null

# METADATA
# title: The input as it was given
# scope: rule
whole := input

# METADATA
# title: The name of the file that conftest tells, or nothing
# scope: document
default file_told := ""

# METADATA
# title: conftest tells it to each policy
# scope: rule
file_told := data.conftest.file.name

# METADATA
# title: The input is a list of files
# description: As conftest --combine gives it, an array of objects with path and contents, and nothing else.
# scope: document
default combined := false

# METADATA
# title: Each entry has a path and contents
# scope: rule
combined if {
	is_array(whole)
	count(whole) > 0
	every entry in whole {
		is_string(entry.path)
		"contents" in object.keys(entry)
	}
}

# METADATA
# title: The documents of the input
# description: Of a combined input one for each entry; of any other input the input itself.
# scope: document
documents contains {"file": file_told, "number": 0, "contents": whole} if not combined

# METADATA
# title: One document for each entry
# scope: rule
documents contains {"file": entry.path, "number": number, "contents": entry.contents} if {
	combined
	some number, entry in whole
}

# METADATA
# title: What is said of one place
# scope: document
finding(document, rule, path, text) := {
	"msg": sprintf("%s %s", [name_of(path), text]),
	"rule": rule,
	"path": path,
	"file": document.file,
	"document": document.number,
	"why": object.get(guidance, [rule, "why"], ""),
	"help": object.get(guidance, [rule, "help"], ""),
}

# METADATA
# title: A finding on one line
# scope: document
short(found) := sprintf("%s %s#%s", [found.rule, found.file, concat("", [sprintf("/%v", [part]) | some part in found.path])])

# METADATA
# title: Keys and numbers with dots between
# scope: document
name_of(path) := concat(".", [sprintf("%v", [part]) | some part in path])

# METADATA
# title: The value at a path, null when there is none
# scope: rule
below(value, path) := object.get(value, path, null) if is_object(value)

# METADATA
# title: There is nothing below what is no object
# scope: rule
below(value, _) := null if not is_object(value)

# METADATA
# title: There is something at the path, whatever it is
# scope: document
has(value, path) if {
	object.get(value, path, {"absent"}) != {"absent"}
}

# METADATA
# title: The array, or an empty one in place of anything else
# scope: rule
list(value) := value if is_array(value)

# METADATA
# title: What is no array has no entries
# scope: rule
list(value) := [] if not is_array(value)

# METADATA
# title: An array with entries
# scope: document
list_given(value) if count(list(value)) > 0

# METADATA
# title: A string with something in it
# scope: document
text_given(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# title: Where the groups of a PrometheusRule stand
# scope: rule
groups_path(document) := ["spec", "groups"] if below(document.contents, ["kind"]) == "PrometheusRule"

# METADATA
# title: Where the groups of a file of rules stand
# scope: rule
groups_path(document) := ["groups"] if below(document.contents, ["kind"]) != "PrometheusRule"

# METADATA
# title: The groups by their paths
# scope: document
groups_of(document) := {array.concat(groups_path(document), [place]): group |
	some place, group in list(below(document.contents, groups_path(document)))
}

# METADATA
# title: A group with a name and rules
# description: Generated files have groups without any rule, and Prometheus takes them.
# scope: document
group_sound(group) if {
	text_given(below(group, ["name"]))
	is_array(below(group, ["rules"]))
}

# METADATA
# title: The rules of all groups
# scope: document
rules contains member if {
	some document in documents
	some path, group in groups_of(document)
	some place, value in list(below(group, ["rules"]))
	member := {
		"document": document,
		"group": group,
		"path": array.concat(path, ["rules", place]),
		"value": value,
	}
}

# METADATA
# title: A rule that alerts or records
# scope: document
rule_sound(value) if {
	expression_given(below(value, ["expr"]))
	names := [name | some name in ["alert", "record"]; has(value, [name])]
	count(names) == 1
	text_given(value[names[0]])
}

# METADATA
# title: A text is an expression
# scope: rule
expression_given(value) if text_given(value)

# METADATA
# title: A number is one, too, also without quotes
# scope: rule
expression_given(value) if is_number(value)

# METADATA
# title: The needs that some alert meets
# scope: document
met contains need if {
	some need in object.keys(needs)
	some member in rules
	meets(need, member)
}

# METADATA
# title: Some alert is meant to meet the need
# scope: document
attempted(need) if {
	some member in rules
	meant(need, member)
}

# METADATA
# title: The rule is on the metric of the need
# description: Of the two needs on one metric, the labels say which is meant.
# scope: document
meant(need, member) if {
	expression := below(member.value, ["expr"])
	is_string(expression)
	contains(expression, needs[need].metric)
	marked(need, contains(expression, "unknown_caller"))
}

# METADATA
# title: Unknown callers are counted by their reason
# scope: rule
marked("alert-unknown-caller", true)

# METADATA
# title: The other needs are not about them
# scope: rule
marked(need, false) if need != "alert-unknown-caller"

# METADATA
# title: The rule is the alert that is needed
# scope: document
meets(need, member) if {
	rule_sound(member.value)
	has(member.value, ["alert"])
	quick(member.value, "for", 900)
	quick(member.group, "interval", 300)
	quick(member.group, "query_offset", 300)
	wanted := needs[need]
	parsed := comparison(member.value.expr)
	parsed.metric == wanted.metric
	regex.match(wanted.selector, parsed.selector)
	parsed.function in wanted.functions
	window_good(parsed, wanted.window)
	parsed.comparison == wanted.comparison
	parsed.threshold >= wanted.least
	parsed.threshold <= wanted.most
}

# METADATA
# title: A delay is not given
# scope: rule
quick(value, key, _) if not has(value, [key])

# METADATA
# title: A delay is short enough
# scope: rule
quick(value, key, most) if seconds(below(value, [key])) <= most

# METADATA
# title: No window without a function
# scope: rule
window_good(parsed, _) if {
	parsed.function == ""
	parsed.window == ""
}

# METADATA
# title: A window of a minute at least
# scope: rule
window_good(parsed, most) if {
	parsed.function != ""
	seconds(parsed.window) >= 60
	seconds(parsed.window) <= most
}

# METADATA
# title: The seconds of a duration of Prometheus
# scope: document
seconds(duration) := sum(parts) if {
	is_string(duration)
	regex.match(`^([0-9]+(ms|s|m|h|d|w|y))+$`, duration)
	parts := [length |
		some part in regex.find_all_string_submatch_n(`([0-9]+)(ms|s|m|h|d|w|y)`, duration, -1)
		length := to_number(part[1]) * unit_seconds[part[2]]
	]
}

# METADATA
# title: The units of durations
# scope: document
unit_seconds := {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}

# METADATA
# title: An expression of the form that is understood
# description: |
#   <vector> <comparison> <number>, where the vector is a metric with labels, a function of it over a window, or the sum, maximum
#   (for >) or minimum (for <) of one of these. Undefined for anything else, and so for comments, or, and, unless, offset and subqueries.
# scope: document
comparison(expression) := {
	"function": inner[0][1],
	"metric": inner[0][2],
	"selector": inner[0][3],
	"window": inner[0][4],
	"comparison": outer[0][2],
	"threshold": to_number(outer[0][3]),
} if {
	is_string(expression)
	plain := regex.replace(expression, `\s+`, "")
	outer := regex.find_all_string_submatch_n(`^([^<>#]+)([<>])([0-9]+(?:\.[0-9]+)?)$`, plain, -1)
	vector := unwrapped(outer[0][1], outer[0][2])
	inner := regex.find_all_string_submatch_n(`^(?:(rate|increase)\()?([a-z_]+)(\{[^{}]*\})?(?:\[([0-9a-z]+)\]\))?$`, vector, -1)
}

# METADATA
# title: What is aggregated
# description: The sum of lifetimes, or the longest of them, would hide the one that ends.
# scope: rule
unwrapped(vector, sign) := taken[0][1] if {
	taken := regex.find_all_string_submatch_n(aggregations[sign], vector, -1)
	count(taken) == 1
} else := vector

# METADATA
# title: Aggregations that keep what a comparison looks for
# scope: document
aggregations := {
	">": `^(?:sum|max)(?:by\([a-z0-9_,]+\))?\((.*?)\)(?:by\([a-z0-9_,]+\))?$`,
	"<": `^min(?:by\([a-z0-9_,]+\))?\((.*?)\)(?:by\([a-z0-9_,]+\))?$`,
}
