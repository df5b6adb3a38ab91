# METADATA
# title: The checks of alerts, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a moment.
package agentweave.observability_cases_test

import data.agentweave.observability
import data.agentweave.observability_test.changed

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := observability.summary with input as document
}

test_expressions[name] if {
	some name, case in cases_of_expressions
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_rules[name] if {
	some name, case in cases_of_rules
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

# Whatever is missing, or of a type that nobody expects, is a finding of the rule that wants it.

of_no_use := {
	"null": null,
	"a negative number": -7,
	"a fraction": 0.5,
	"an empty text": "",
	"the text true": "true",
	"the text no": "no",
	"an empty list": [],
	"a list": [true, "deny", 1],
	"an empty mapping": {},
	"a mapping": {"value": true},
}

found_in(document) := {finding.rule | some finding in found} if found := observability.deny with input as document

test_missing[path] if {
	some path, rule in needed
	rule in found_in(changed({}, [path]))
}

test_wrong_type[name] if {
	some path, rule in needed
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_nothing_at_all[name] if {
	some name, document in {"null": null, "a text": "x", "a number": 1, "true": true, "an empty list": [], "a list": [1, null]}
	count(found_in(document)) > 0
}

needed := {
	"/groups": "rules-unreadable",
	"/groups/0/name": "rules-unreadable",
	"/groups/0/rules": "rules-unreadable",
	"/groups/0/rules/0/expr": "alert-denials",
	"/groups/0/rules/2/alert": "alert-svid-rotation",
}

# Any text is a name, and a group may have no rules.
meant := {
	["/groups/0/rules", "an empty list"],
	["/groups/0/name", "the text true"],
	["/groups/0/name", "the text no"],
	["/groups/0/rules/2/alert", "the text true"],
	["/groups/0/rules/2/alert", "the text no"],
}

# Every rule that some case brings to speak is explained, and every explanation is of such a rule.
test_the_guidance_is_complete if {
	spoken := {split(line, " ")[0] | some table in all_cases; some case in table; some line in array.concat(case.deny, case.warn)}
	spoken - object.keys(observability.guidance) == set()
	object.keys(observability.guidance) - spoken == set()
}

cases_of_expressions := {
	"rotation: \"agentweave_svid_rotation_errors_total > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"rate(agentweave_svid_rotation_errors_total[5m]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "rate(agentweave_svid_rotation_errors_total[5m]) > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[1h]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[1h]) > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"sum(agentweave_svid_rotation_errors_total) > 0\"": {"sets": {"/groups/0/rules/2/expr": "sum(agentweave_svid_rotation_errors_total) > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"sum by (agent) (increase(agentweave_svid_rotation_errors_total[10m])) > 0\"": {"sets": {"/groups/0/rules/2/expr": "sum by (agent) (increase(agentweave_svid_rotation_errors_total[10m])) > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"max(increase(agentweave_svid_rotation_errors_total[10m])) by (agent) > 0\"": {"sets": {"/groups/0/rules/2/expr": "max(increase(agentweave_svid_rotation_errors_total[10m])) by (agent) > 0"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"\\n  increase(agentweave_svid_rotation_errors_total[10m])\\n  > 0\\n\"": {"sets": {"/groups/0/rules/2/expr": "\n  increase(agentweave_svid_rotation_errors_total[10m])\n  > 0\n"}, "removed": [], "deny": [], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > 1\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 1"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > 0.5\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0.5"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total >= 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total >= 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total >= 1\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total >= 1"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total < 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total < 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total == 1\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total == 1"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"0 < agentweave_svid_rotation_errors_total\"": {"sets": {"/groups/0/rules/2/expr": "0 < agentweave_svid_rotation_errors_total"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"absent(agentweave_svid_rotation_errors_total)\"": {"sets": {"/groups/0/rules/2/expr": "absent(agentweave_svid_rotation_errors_total)"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > 0 and on() vector(0)\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0 and on() vector(0)"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > 0 unless agentweave_svid_rotation_errors_total > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0 unless agentweave_svid_rotation_errors_total > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"vector(0) > 1 # agentweave_svid_rotation_errors_total > 0\"": {"sets": {"/groups/0/rules/2/expr": "vector(0) > 1 # agentweave_svid_rotation_errors_total > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"vector(0) > 0 or agentweave_svid_rotation_errors_total > 0\"": {"sets": {"/groups/0/rules/2/expr": "vector(0) > 0 or agentweave_svid_rotation_errors_total > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total{agent=\\\"one\\\"} > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total{agent=\"one\"} > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[30s]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[30s]) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[1d]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[1d]) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total[5m] > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total[5m] > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total[5m]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total[5m]) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[5m] offset 1w) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[5m] offset 1w) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[5m]) * 0 > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[5m]) * 0 > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"min(agentweave_svid_rotation_errors_total) > 0\"": {"sets": {"/groups/0/rules/2/expr": "min(agentweave_svid_rotation_errors_total) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"avg(agentweave_svid_rotation_errors_total) > 0\"": {"sets": {"/groups/0/rules/2/expr": "avg(agentweave_svid_rotation_errors_total) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"my_agentweave_svid_rotation_errors_total > 0\"": {"sets": {"/groups/0/rules/2/expr": "my_agentweave_svid_rotation_errors_total > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"increase(agentweave_svid_rotation_errors_total[x]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[x]) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > bool 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > bool 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > -1\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > -1"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > Inf\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > Inf"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"agentweave_svid_rotation_errors_total > 0 > 0\"": {"sets": {"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0 > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"rotation: \"sum(increase(agentweave_svid_rotation_errors_total[5m]) > 0\"": {"sets": {"/groups/0/rules/2/expr": "sum(increase(agentweave_svid_rotation_errors_total[5m]) > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds < 300\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 300"}, "removed": [], "deny": [], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds < 1800\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 1800"}, "removed": [], "deny": [], "warn": []},
	"expiry: \"min by (agent) (agentweave_svid_ttl_seconds) < 600\"": {"sets": {"/groups/0/rules/3/expr": "min by (agent) (agentweave_svid_ttl_seconds) < 600"}, "removed": [], "deny": [], "warn": []},
	"expiry: \"min(agentweave_svid_ttl_seconds) < 600.5\"": {"sets": {"/groups/0/rules/3/expr": "min(agentweave_svid_ttl_seconds) < 600.5"}, "removed": [], "deny": [], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds < 299\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 299"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds < 1801\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 1801"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds > 300\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds > 300"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds <= 300\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds <= 300"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"max(agentweave_svid_ttl_seconds) < 300\"": {"sets": {"/groups/0/rules/3/expr": "max(agentweave_svid_ttl_seconds) < 300"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"sum(agentweave_svid_ttl_seconds) < 300\"": {"sets": {"/groups/0/rules/3/expr": "sum(agentweave_svid_ttl_seconds) < 300"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"rate(agentweave_svid_ttl_seconds[5m]) < 300\"": {"sets": {"/groups/0/rules/3/expr": "rate(agentweave_svid_ttl_seconds[5m]) < 300"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"expiry: \"agentweave_svid_ttl_seconds < 0\"": {"sets": {"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 0"}, "removed": [], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[5m]) > 10\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[5m]) > 10"}, "removed": [], "deny": [], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[1m]) > 0.5\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[1m]) > 0.5"}, "removed": [], "deny": [], "warn": []},
	"denials: \"sum(rate(agentweave_authz_denied_total[15m])) > 0\"": {"sets": {"/groups/0/rules/0/expr": "sum(rate(agentweave_authz_denied_total[15m])) > 0"}, "removed": [], "deny": [], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[16m]) > 10\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[16m]) > 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[5m]) > 11\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[5m]) > 11"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[5m]) > 10000\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[5m]) > 10000"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"agentweave_authz_denied_total > 10\"": {"sets": {"/groups/0/rules/0/expr": "agentweave_authz_denied_total > 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"increase(agentweave_authz_denied_total[5m]) > 10\"": {"sets": {"/groups/0/rules/0/expr": "increase(agentweave_authz_denied_total[5m]) > 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total{agent=\\\"one\\\"}[5m]) > 10\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total{agent=\"one\"}[5m]) > 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[5m]) < 10\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[5m]) < 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"denials: \"rate(agentweave_authz_denied_total[0s]) > 10\"": {"sets": {"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[0s]) > 10"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason=\\\"unknown_caller\\\"} > 0\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 0"}, "removed": [], "deny": [], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason=\\\"unknown_caller\\\",} > 0\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=\"unknown_caller\",} > 0"}, "removed": [], "deny": [], "warn": []},
	"unknown caller: \"increase(agentweave_authz_denied_total{reason = \\\"unknown_caller\\\"}[5m]) > 0\"": {"sets": {"/groups/0/rules/1/expr": "increase(agentweave_authz_denied_total{reason = \"unknown_caller\"}[5m]) > 0"}, "removed": [], "deny": [], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason=\\\"unknown_caller\\\"} > 1\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 1"}, "removed": [], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason=\\\"unknown_caller\\\",agent=\\\"x\\\"} > 0\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=\"unknown_caller\",agent=\"x\"} > 0"}, "removed": [], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason!=\\\"unknown_caller\\\"} > 0\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason!=\"unknown_caller\"} > 0"}, "removed": [], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"unknown caller: \"agentweave_authz_denied_total{reason=~\\\"unknown_caller.+\\\"} > 0\"": {"sets": {"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=~\"unknown_caller.+\"} > 0"}, "removed": [], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"unknown caller: \"xagentweave_authz_denied_total{reason=\\\"unknown_caller\\\"} > 0\"": {"sets": {"/groups/0/rules/1/expr": "xagentweave_authz_denied_total{reason=\"unknown_caller\"} > 0"}, "removed": [], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=\\\"admin\\\"}[1h]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 1"}, "removed": [], "deny": [], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=~\\\"admin|delete\\\"}[1h]) > 0.1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=~\"admin|delete\"}[1h]) > 0.1"}, "removed": [], "deny": [], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=~\\\"export|admin|delete\\\"}[5m]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=~\"export|admin|delete\"}[5m]) > 1"}, "removed": [], "deny": [], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=~\\\"export|administer\\\"}[5m]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=~\"export|administer\"}[5m]) > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total[1h]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total[1h]) > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=\\\"admin\\\"}[2h]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=\"admin\"}[2h]) > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=\\\"admin\\\"}[1h]) > 2\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 2"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=\\\"ping\\\"}[1h]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=\"ping\"}[1h]) > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"rate(agentweave_capability_calls_total{capability=~\\\".*nothing\\\"}[1h]) > 1\"": {"sets": {"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=~\".*nothing\"}[1h]) > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"capability: \"agentweave_capability_calls_total{capability=\\\"admin\\\"} > 1\"": {"sets": {"/groups/0/rules/4/expr": "agentweave_capability_calls_total{capability=\"admin\"} > 1"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
}

cases_of_rules := {
	"no alert-denials": {"sets": {}, "removed": ["/groups/0/rules/0"], "deny": ["alert-denials #/groups"], "warn": []},
	"alert-denials that records": {"sets": {"/groups/0/rules/0/record": "x:y"}, "removed": ["/groups/0/rules/0/alert"], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"no alert-unknown-caller": {"sets": {}, "removed": ["/groups/0/rules/1"], "deny": ["alert-unknown-caller #/groups"], "warn": []},
	"alert-unknown-caller that records": {"sets": {"/groups/0/rules/1/record": "x:y"}, "removed": ["/groups/0/rules/1/alert"], "deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"no alert-svid-rotation": {"sets": {}, "removed": ["/groups/0/rules/2"], "deny": ["alert-svid-rotation #/groups"], "warn": []},
	"alert-svid-rotation that records": {"sets": {"/groups/0/rules/2/record": "x:y"}, "removed": ["/groups/0/rules/2/alert"], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []},
	"no alert-svid-expiry": {"sets": {}, "removed": ["/groups/0/rules/3"], "deny": ["alert-svid-expiry #/groups"], "warn": []},
	"alert-svid-expiry that records": {"sets": {"/groups/0/rules/3/record": "x:y"}, "removed": ["/groups/0/rules/3/alert"], "deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []},
	"no alert-capability": {"sets": {}, "removed": ["/groups/0/rules/4"], "deny": ["alert-capability #/groups"], "warn": []},
	"alert-capability that records": {"sets": {"/groups/0/rules/4/record": "x:y"}, "removed": ["/groups/0/rules/4/alert"], "deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []},
	"rotation of another metric": {"sets": {"/groups/0/rules/2/expr": "other_svid_errors_total > 0"}, "removed": [], "deny": ["alert-svid-rotation #/groups"], "warn": []},
	"a delay of \"16m\"": {"sets": {"/groups/0/rules/0/for": "16m"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"24h\"": {"sets": {"/groups/0/rules/0/for": "24h"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"1w\"": {"sets": {"/groups/0/rules/0/for": "1w"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"5\"": {"sets": {"/groups/0/rules/0/for": "5"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of 5": {"sets": {"/groups/0/rules/0/for": 5}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of null": {"sets": {"/groups/0/rules/0/for": null}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"0x5\"": {"sets": {"/groups/0/rules/0/for": "0x5"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"\"": {"sets": {"/groups/0/rules/0/for": ""}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of [\"5m\"]": {"sets": {"/groups/0/rules/0/for": ["5m"]}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of \"-5m\"": {"sets": {"/groups/0/rules/0/for": "-5m"}, "removed": [], "deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []},
	"a delay of 0s": {"sets": {"/groups/0/rules/0/for": "0s"}, "removed": [], "deny": [], "warn": []},
	"a delay of 15m": {"sets": {"/groups/0/rules/0/for": "15m"}, "removed": [], "deny": [], "warn": []},
	"a delay of 14m60s": {"sets": {"/groups/0/rules/0/for": "14m60s"}, "removed": [], "deny": [], "warn": []},
	"a delay of 900000ms": {"sets": {"/groups/0/rules/0/for": "900000ms"}, "removed": [], "deny": [], "warn": []},
	"a delay of 5m": {"sets": {"/groups/0/rules/0/for": "5m"}, "removed": [], "deny": [], "warn": []},
	"the interval \"6m\"": {"sets": {"/groups/0/interval": "6m"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the interval \"1d\"": {"sets": {"/groups/0/interval": "1d"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the interval 60": {"sets": {"/groups/0/interval": 60}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the interval null": {"sets": {"/groups/0/interval": null}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the interval 5m": {"sets": {"/groups/0/interval": "5m"}, "removed": [], "deny": [], "warn": []},
	"the query_offset \"6m\"": {"sets": {"/groups/0/query_offset": "6m"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the query_offset \"1d\"": {"sets": {"/groups/0/query_offset": "1d"}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the query_offset 60": {"sets": {"/groups/0/query_offset": 60}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the query_offset null": {"sets": {"/groups/0/query_offset": null}, "removed": [], "deny": ["alert-capability #/groups/0/rules/4/expr", "alert-denials #/groups/0/rules/0/expr", "alert-svid-expiry #/groups/0/rules/3/expr", "alert-svid-rotation #/groups/0/rules/2/expr", "alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []},
	"the query_offset 5m": {"sets": {"/groups/0/query_offset": "5m"}, "removed": [], "deny": [], "warn": []},
	"an expression that is a number": {"sets": {"/groups/0/rules/2/expr": 0}, "removed": [], "deny": ["alert-svid-rotation #/groups"], "warn": []},
	"an expression that is true": {"sets": {"/groups/0/rules/2/expr": true}, "removed": [], "deny": ["alert-svid-rotation #/groups", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"an expression that is empty": {"sets": {"/groups/0/rules/2/expr": " "}, "removed": [], "deny": ["alert-svid-rotation #/groups", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"an alert without a name": {"sets": {}, "removed": ["/groups/0/rules/2/alert"], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"an alert with the name null": {"sets": {"/groups/0/rules/2/alert": null}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"an alert that records too": {"sets": {"/groups/0/rules/2/record": "x"}, "removed": [], "deny": ["alert-svid-rotation #/groups/0/rules/2/expr", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"an alert in another case": {"sets": {"/groups/0/rules/2": {"Alert": "x", "Expr": "increase(agentweave_svid_rotation_errors_total[10m]) > 0"}}, "removed": ["/groups/0/rules/2"], "deny": ["alert-svid-rotation #/groups", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"a rule that is a text": {"sets": {"/groups/0/rules/2": "agentweave_svid_rotation_errors_total > 0"}, "removed": ["/groups/0/rules/2"], "deny": ["alert-svid-rotation #/groups", "rules-unreadable #/groups/0/rules/2"], "warn": []},
	"a recording rule more": {"sets": {"/groups/0/rules/-": {"record": "agentweave:denials", "expr": "sum(rate(agentweave_authz_denied_total[5m]))"}}, "removed": [], "deny": [], "warn": []},
	"a worse alert beside a good one": {"sets": {"/groups/0/rules/-": {"alert": "X", "expr": "rate(agentweave_authz_denied_total[5m]) > 1000"}}, "removed": [], "deny": [], "warn": []},
	"a group without a name": {"sets": {}, "removed": ["/groups/0/name"], "deny": ["rules-unreadable #/groups/0"], "warn": []},
	"a group without rules": {"sets": {"/groups/-": {"name": "empty", "rules": []}}, "removed": [], "deny": [], "warn": []},
	"a group whose rules are missing": {"sets": {"/groups/-": {"name": "empty"}}, "removed": [], "deny": ["rules-unreadable #/groups/1"], "warn": []},
	"a group that is nothing": {"sets": {"/groups/-": null}, "removed": [], "deny": ["rules-unreadable #/groups/1"], "warn": []},
	"rules as a mapping": {"sets": {"/groups/0/rules": {"0": {"alert": "HighAuthzDenialRate", "expr": "sum by (agent) (rate(agentweave_authz_denied_total[5m])) > 10", "for": "5m", "labels": {"severity": "warning"}, "annotations": {"summary": "Unusually many denials"}}}}, "removed": [], "deny": ["alert-capability #/groups", "alert-denials #/groups", "alert-svid-expiry #/groups", "alert-svid-rotation #/groups", "alert-unknown-caller #/groups", "rules-unreadable #/groups/0"], "warn": []},
	"groups as a mapping": {"sets": {"/groups": {"agentweave": {"name": "agentweave-security", "interval": "30s", "rules": [{"alert": "HighAuthzDenialRate", "expr": "sum by (agent) (rate(agentweave_authz_denied_total[5m])) > 10", "for": "5m", "labels": {"severity": "warning"}, "annotations": {"summary": "Unusually many denials"}}, {"alert": "UnknownCallerAttempt", "expr": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 0", "labels": {"severity": "critical"}, "annotations": {"summary": "An unknown agent tried to call"}}, {"alert": "SVIDRotationFailed", "expr": "increase(agentweave_svid_rotation_errors_total[10m]) > 0", "labels": {"severity": "critical"}, "annotations": {"summary": "An SVID was not rotated"}}, {"alert": "SVIDNearExpiry", "expr": "agentweave_svid_ttl_seconds < 300", "labels": {"severity": "critical"}, "annotations": {"summary": "An SVID ends in less than five minutes"}}, {"alert": "UnusualCapabilityUsage", "expr": "rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 1", "for": "5m", "labels": {"severity": "warning"}, "annotations": {"summary": "More calls of admin than usual"}}]}}}, "removed": [], "deny": ["alert-capability #/groups", "alert-denials #/groups", "alert-svid-expiry #/groups", "alert-svid-rotation #/groups", "alert-unknown-caller #/groups", "rules-unreadable #/groups"], "warn": []},
	"two groups of one name": {"sets": {"/groups/-": {"name": "agentweave-security", "rules": [{"record": "a:b", "expr": "up"}]}}, "removed": [], "deny": ["group-duplicate #/groups/0/name", "group-duplicate #/groups/1/name"], "warn": []},
	"two groups": {"sets": {"/groups/-": {"name": "other", "rules": [{"record": "a:b", "expr": "up"}]}}, "removed": [], "deny": [], "warn": []},
	"no summary": {"sets": {}, "removed": ["/groups/0/rules/0/annotations"], "deny": [], "warn": ["alert-described #/groups/0/rules/0/annotations/summary"]},
	"an empty summary": {"sets": {"/groups/0/rules/0/annotations/summary": ""}, "removed": [], "deny": [], "warn": ["alert-described #/groups/0/rules/0/annotations/summary"]},
	"no severity": {"sets": {}, "removed": ["/groups/0/rules/0/labels/severity"], "deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]},
	"the severity \"info\"": {"sets": {"/groups/0/rules/0/labels/severity": "info"}, "removed": [], "deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]},
	"the severity \"Critical\"": {"sets": {"/groups/0/rules/0/labels/severity": "Critical"}, "removed": [], "deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]},
	"the severity null": {"sets": {"/groups/0/rules/0/labels/severity": null}, "removed": [], "deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]},
	"the severity [\"critical\"]": {"sets": {"/groups/0/rules/0/labels/severity": ["critical"]}, "removed": [], "deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]},
}

all_cases := [cases_of_expressions, cases_of_rules]
