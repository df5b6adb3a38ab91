# METADATA
# title: Tests of the checks of alerts
package agentweave.observability_test

import data.agentweave.observability

good := {
	"groups": [
		{
			"name": "agentweave-security",
			"interval": "30s",
			"rules": [
				{
					"alert": "HighAuthzDenialRate",
					"expr": "sum by (agent) (rate(agentweave_authz_denied_total[5m])) > 10",
					"for": "5m",
					"labels": {
						"severity": "warning",
					},
					"annotations": {
						"summary": "Unusually many denials",
					},
				},
				{
					"alert": "UnknownCallerAttempt",
					"expr": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 0",
					"labels": {
						"severity": "critical",
					},
					"annotations": {
						"summary": "An unknown agent tried to call",
					},
				},
				{
					"alert": "SVIDRotationFailed",
					"expr": "increase(agentweave_svid_rotation_errors_total[10m]) > 0",
					"labels": {
						"severity": "critical",
					},
					"annotations": {
						"summary": "An SVID was not rotated",
					},
				},
				{
					"alert": "SVIDNearExpiry",
					"expr": "agentweave_svid_ttl_seconds < 300",
					"labels": {
						"severity": "critical",
					},
					"annotations": {
						"summary": "An SVID ends in less than five minutes",
					},
				},
				{
					"alert": "UnusualCapabilityUsage",
					"expr": "rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 1",
					"for": "5m",
					"labels": {
						"severity": "warning",
					},
					"annotations": {
						"summary": "More calls of admin than usual",
					},
				},
			],
		},
	],
}

changed(sets, removed) := json.patch(good, array.concat(
	[{"op": "remove", "path": path} | some path in removed],
	[{"op": "add", "path": path, "value": value} | some path, value in sets],
))

test_the_good_one_has_no_finding if {
	observability.summary == {"deny": [], "warn": []} with input as good
	observability.compliant with input as good
}

test_no_input_is_not_compliant if observability.compliant == false

# One change to the good one, and what is found. The tables in testcases/agentweave-observability have many more.

test_rotation_agentweave_svid_rotation_errors_total_0 if {
	document := changed({"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 0"}, [])
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_rotation_rate_agentweave_svid_rotation_errors_total_5m_0 if {
	document := changed({"/groups/0/rules/2/expr": "rate(agentweave_svid_rotation_errors_total[5m]) > 0"}, [])
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_rotation_increase_agentweave_svid_rotation_errors_total_1h_0 if {
	document := changed({"/groups/0/rules/2/expr": "increase(agentweave_svid_rotation_errors_total[1h]) > 0"}, [])
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_rotation_sum_agentweave_svid_rotation_errors_total_0 if {
	document := changed({"/groups/0/rules/2/expr": "sum(agentweave_svid_rotation_errors_total) > 0"}, [])
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_rotation_sum_by_agent_increase_agentweave_svid_rotation_errors_total_10m_0 if {
	document := changed({"/groups/0/rules/2/expr": "sum by (agent) (increase(agentweave_svid_rotation_errors_total[10m])) > 0"}, [])
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_rotation_agentweave_svid_rotation_errors_total_1 if {
	document := changed({"/groups/0/rules/2/expr": "agentweave_svid_rotation_errors_total > 1"}, [])
	observability.summary == {"deny": ["alert-svid-rotation #/groups/0/rules/2/expr"], "warn": []} with input as document
}

test_expiry_agentweave_svid_ttl_seconds_299 if {
	document := changed({"/groups/0/rules/3/expr": "agentweave_svid_ttl_seconds < 299"}, [])
	observability.summary == {"deny": ["alert-svid-expiry #/groups/0/rules/3/expr"], "warn": []} with input as document
}

test_denials_rate_agentweave_authz_denied_total_16m_10 if {
	document := changed({"/groups/0/rules/0/expr": "rate(agentweave_authz_denied_total[16m]) > 10"}, [])
	observability.summary == {"deny": ["alert-denials #/groups/0/rules/0/expr"], "warn": []} with input as document
}

test_unknown_caller_agentweave_authz_denied_total_reason_unknown_caller_1 if {
	document := changed({"/groups/0/rules/1/expr": "agentweave_authz_denied_total{reason=\"unknown_caller\"} > 1"}, [])
	observability.summary == {"deny": ["alert-unknown-caller #/groups/0/rules/1/expr"], "warn": []} with input as document
}

test_capability_rate_agentweave_capability_calls_total_capability_export_administer_5m_1 if {
	document := changed({"/groups/0/rules/4/expr": "rate(agentweave_capability_calls_total{capability=~\"export|administer\"}[5m]) > 1"}, [])
	observability.summary == {"deny": ["alert-capability #/groups/0/rules/4/expr"], "warn": []} with input as document
}

test_an_expression_that_is_a_number if {
	document := changed({"/groups/0/rules/2/expr": 0}, [])
	observability.summary == {"deny": ["alert-svid-rotation #/groups"], "warn": []} with input as document
}

test_two_groups_of_one_name if {
	document := changed({"/groups/-": {"name": "agentweave-security", "rules": [{"record": "a:b", "expr": "up"}]}}, [])
	observability.summary == {"deny": ["group-duplicate #/groups/0/name", "group-duplicate #/groups/1/name"], "warn": []} with input as document
}

test_no_summary if {
	document := changed({}, ["/groups/0/rules/0/annotations"])
	observability.summary == {"deny": [], "warn": ["alert-described #/groups/0/rules/0/annotations/summary"]} with input as document
}

test_no_severity if {
	document := changed({}, ["/groups/0/rules/0/labels/severity"])
	observability.summary == {"deny": [], "warn": ["alert-severity #/groups/0/rules/0/labels/severity"]} with input as document
}

# Other shapes.

operator := {
	"apiVersion": "monitoring.coreos.com/v1",
	"kind": "PrometheusRule",
	"metadata": {"name": "agentweave"},
	"spec": good,
}

test_a_prometheus_rule if observability.summary == {"deny": [], "warn": []} with input as operator

test_a_prometheus_rule_with_its_groups_elsewhere if {
	count(observability.deny) == 6 with input as object.union(good, {"kind": "PrometheusRule"})
}

test_a_prometheus_rule_of_another_kind if {
	count(observability.deny) == 6 with input as object.union(operator, {"kind": "prometheusrule"})
}

entry(path, places) := {
	"path": path,
	"contents": {"groups": [{"name": path, "rules": [good.groups[0].rules[place] | some place in places]}]},
}

test_alerts_of_several_files_count_together if {
	observability.summary == {"deny": [], "warn": []} with input as [entry("a.yaml", [0, 1]), entry("b.yaml", [2, 3, 4])]
}

test_what_no_file_has_is_missing if {
	observability.summary.deny == ["alert-svid-expiry a.yaml#/groups"] with input as [entry("a.yaml", [0, 1]), entry("b.yaml", [2, 4])]
}

test_each_file_has_to_be_readable if {
	files := [entry("a.yaml", [0, 1, 2, 3, 4]), {"path": "b.yaml", "contents": null}]
	observability.summary.deny == ["rules-unreadable b.yaml#/groups"] with input as files
}

test_the_finding_names_file_and_document if {
	found := observability.deny with input as [entry("a.yaml", [0, 1, 2, 3, 4]), {"path": "b.yaml", "contents": null}]
	[[finding.file, finding.document, finding.rule, finding.path] | some finding in found] == [["b.yaml", 1, "rules-unreadable", ["groups"]]]
}

test_a_list_that_is_not_of_files[kind] if {
	some kind, document in {
		"one without a path": [entry("a.yaml", [0]), good],
		"a path that is a number": [{"path": 1, "contents": good}],
		"no contents": [{"path": "a.yaml"}],
	}
	"rules-unreadable" in {finding.rule | some finding in observability.deny} with input as document
}

test_the_name_that_conftest_tells if {
	"rules-unreadable a.yaml#/groups" in observability.summary.deny with input as {} with data.conftest.file.name as "a.yaml"
}

test_each_finding_is_explained if {
	found := observability.deny | observability.warn with input as {}
	count(found) > 0
	every finding in found {
		finding.why != ""
		finding.help != ""
		finding.msg != ""
	}
}
