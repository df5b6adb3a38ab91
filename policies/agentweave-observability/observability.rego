# METADATA
# title: Alerts on agents
# description: |
#   Checks that the alerts on identities and authorization are there, on the right metrics and with thresholds at which somebody
#   still can act. An expression counts when it has one of the forms that are known to alert, and no other. The input is a file of rules
#   for Prometheus, a PrometheusRule, or an array of {path, contents} for several files, whose alerts count together.
# custom:
#   input: [groups, spec]
#   portcullis:
#     validate:
#       input: combined
#       documents:
#         - title: a file of rules of Prometheus
#           schema: rules.jsonschema
#           detect:
#             type: object
#             required: [groups]
#             not: {required: [kind]}
#             properties: {groups: {type: array, contains: {type: object, required: [rules]}}}
#         - title: a PrometheusRule
#           schema: prometheusrule.jsonschema
#           detect:
#             type: object
#             required: [apiVersion, kind]
#             properties: {kind: {const: PrometheusRule}}
package agentweave.observability

# METADATA
# title: What leaves an incident unseen
# description: |
#   A set of objects: msg (for people), rule (the id), path (from the root of the document to the value), file and
#   document (which file, and which entry of a combined input), why it matters and help (what to write instead).
# scope: document
# entrypoint: true

# METADATA
# title: A file has groups of rules
# scope: rule
# custom:
#   id: rules-unreadable
#   severity: high
deny contains finding(document, "rules-unreadable", groups_path(document), "is not a list with at least one group of rules") if {
	some document in documents
	not list_given(below(document.contents, groups_path(document)))
}

# METADATA
# title: Each group has a name and rules
# scope: rule
# custom:
#   id: rules-unreadable
#   severity: high
deny contains finding(document, "rules-unreadable", path, "is not a group with a name and a list of rules") if {
	some document in documents
	some path, group in groups_of(document)
	not group_sound(group)
}

# METADATA
# title: Each rule alerts or records
# scope: rule
# custom:
#   id: rules-unreadable
#   severity: high
deny contains finding(member.document, "rules-unreadable", member.path, "is not a rule with either alert or record, and expr") if {
	some member in rules
	not rule_sound(member.value)
}

# METADATA
# title: No group has the name of another
# description: Prometheus refuses the whole file.
# scope: rule
# custom:
#   id: group-duplicate
#   severity: high
deny contains finding(document, "group-duplicate", array.concat(path, ["name"]), "is the name of another group of the file") if {
	some document in documents
	some path, group in groups_of(document)
	some other_path, other in groups_of(document)
	path != other_path
	below(group, ["name"]) == below(other, ["name"])
}

# METADATA
# title: Each alert that is needed is there
# description: alert-svid-rotation, alert-svid-expiry, alert-denials, alert-unknown-caller and alert-capability.
# scope: rule
# custom:
#   id: alert-<what>
#   severity: high
deny contains finding(document, need, groups_path(document), text) if {
	some document in documents
	document.number == 0
	some need in object.keys(needs)
	not need in met
	not attempted(need)
	text := sprintf("has no alert on %s", [needs[need].example])
}

# METADATA
# title: What is meant as such an alert works
# description: An alert on the same metric whose expression, delay, group or threshold would leave the incident unseen.
# scope: rule
# custom:
#   id: alert-<what>
#   severity: high
deny contains finding(member.document, need, array.concat(member.path, ["expr"]), text) if {
	some need in object.keys(needs)
	not need in met
	some member in rules
	meant(need, member)
	text := sprintf("does not count as the alert on %s: threshold from %v to %v, for at most 15m, evaluated at least every 5m", [
		needs[need].example,
		needs[need].least,
		needs[need].most,
	])
}

# METADATA
# title: What should be another way
# description: Objects as in deny.
# scope: document
# entrypoint: true

# METADATA
# title: An alert has a summary
# scope: rule
# custom:
#   id: alert-described
#   severity: low
warn contains finding(member.document, "alert-described", array.concat(member.path, ["annotations", "summary"]), text) if {
	some member in rules
	some need in object.keys(needs)
	meets(need, member)
	not text_given(below(member.value, ["annotations", "summary"]))
	text := "is missing, so who is woken does not read why"
}

# METADATA
# title: An alert says how urgent it is
# scope: rule
# custom:
#   id: alert-severity
#   severity: low
warn contains finding(member.document, "alert-severity", array.concat(member.path, ["labels", "severity"]), "is neither critical nor warning") if {
	some member in rules
	some need in object.keys(needs)
	meets(need, member)
	not below(member.value, ["labels", "severity"]) in {"critical", "warning"}
}

# METADATA
# title: Whether nothing is denied
# scope: document
# entrypoint: true
default compliant := false

# METADATA
# title: The set of findings is empty
# scope: rule
compliant if count(deny) == 0

# METADATA
# title: The findings in short, for baselines and tests
# description: Two sorted arrays of "<rule> <file>#/<path>".
# scope: document
summary := {
	"deny": sort({short(found) | some found in deny}),
	"warn": sort({short(found) | some found in warn}),
}
