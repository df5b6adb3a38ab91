# METADATA
# title: Tests of the checks of configurations of OPA
package agentweave.opa_test

import data.agentweave.opa

good := [
	{
		"path": "opa.yaml",
		"contents": {
			"services": {
				"policies": {
					"url": "https://policies.example.com",
					"credentials": {
						"bearer": {
							"token": "${BUNDLE_TOKEN}",
						},
					},
				},
				"logs": {
					"url": "https://logs.example.com",
				},
			},
			"bundles": {
				"authz": {
					"service": "policies",
					"resource": "bundles/agentweave-authz.tar.gz",
					"persist": true,
					"polling": {
						"min_delay_seconds": 30,
						"max_delay_seconds": 60,
					},
					"signing": {
						"keyid": "release",
					},
				},
			},
			"keys": {
				"release": {
					"algorithm": "ES256",
					"key": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
				},
			},
			"decision_logs": {
				"service": "logs",
			},
		},
	},
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "v1",
			"kind": "Pod",
			"metadata": {
				"name": "agent",
			},
			"spec": {
				"containers": [
					{
						"name": "opa",
						"image": "openpolicyagent/opa:1.22.2-static",
						"args": [
							"run",
							"--server",
							"--addr=localhost:8181",
							"--config-file=/etc/opa/opa.yaml",
							"--authentication=token",
							"--authorization=basic",
						],
					},
				],
			},
		},
	},
]

changed(sets, removed) := json.patch(good, array.concat(
	[{"op": "remove", "path": path} | some path in removed],
	[{"op": "add", "path": path, "value": value} | some path, value in sets],
))

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := opa.summary with input as document
}

test_the_good_one_has_no_finding if {
	opa.summary == {"deny": [], "warn": []} with input as good
	opa.compliant with input as good
}

test_no_input_is_not_compliant if opa.compliant == false

# One change to the good one, and what is found. The tables in testcases/agentweave-opa have many more.

test_first_changes[name] if {
	some name, case in first_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

first_changes := {
	"the services {}": {"sets": {"/0/contents/services": {}}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"a service at \"http://policies.example.com\"": {"sets": {"/0/contents/services/policies/url": "http://policies.example.com"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"insecure TLS false": {"sets": {"/0/contents/services/logs/allow_insecure_tls": false}, "removed": [], "deny": [], "warn": []},
	"services in a list": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}]}, "removed": [], "deny": [], "warn": []},
	"a service with token in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"token": "abc"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/token"], "warn": []},
	"credentials from outside": {"sets": {"/0/contents/services/logs/credentials": {"client_tls": {"cert": "/etc/opa/cert.pem", "private_key": "/etc/opa/key.pem"}, "bearer": {"token_path": "/run/token"}, "secret": {"token": "${TOKEN}"}}}, "removed": [], "deny": [], "warn": []},
	"a second section Services": {"sets": {"/0/contents/Services": {}}, "removed": [], "deny": ["key-spelling opa.yaml#/Services"], "warn": []},
	"the bundles {}": {"sets": {"/0/contents/bundles": {}}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"a bundle that is a file": {"sets": {"/0/contents/bundles/authz/resource": "file:///policies/bundle.tar.gz"}, "removed": ["/0/contents/bundles/authz/service"], "deny": [], "warn": []},
}

test_second_changes[name] if {
	some name, case in second_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

second_changes := {
	"the signing {}": {"sets": {"/0/contents/bundles/authz/signing": {}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"a signature of all": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": []}, "removed": [], "deny": [], "warn": []},
	"a bundle that is nothing": {"sets": {"/0/contents/bundles/more": null}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/more/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/more/polling/min_delay_seconds", "bundle-service opa.yaml#/bundles/more/service", "bundle-signing opa.yaml#/bundles/more/signing/keyid"], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": \"HS256\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": "HS256"}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"no authentication": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authorization=basic"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"no authorization": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token"]}, "removed": [], "deny": ["authorization agent.yaml#/spec/containers/0"], "warn": []},
	"the address \":8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --skip-verify": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--skip-verify"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"a manifest that runs something else": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, "removed": [], "deny": [], "warn": ["run-unseen opa.yaml#"]},
}

test_third_changes[name] if {
	some name, case in third_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

third_changes := {
	"no configuration": {"sets": {}, "removed": ["/0"], "deny": [], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
	"a configuration that is nothing": {"sets": {"/0/contents": null}, "removed": [], "deny": ["opa-unreadable opa.yaml#"], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
	"only another manifest": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, "removed": ["/1"], "deny": ["opa-missing opa.yaml#"], "warn": []},
}

# One document, and none.

test_a_configuration_alone if opa.summary == {"deny": [], "warn": ["run-unseen #"]} with input as good[0].contents

test_a_manifest_alone if opa.summary == {"deny": [], "warn": ["config-unseen #/spec/containers/0"]} with input as good[1].contents

test_no_input if opa.summary.deny == ["opa-unreadable #"]

test_a_list_that_is_not_of_files[kind] if {
	some kind, document in {
		"one without a path": [good[0], good[1].contents],
		"a path that is a number": [{"path": 1, "contents": good[0].contents}],
		"no contents": [{"path": "a.yaml"}],
	}
	"opa-unreadable" in {finding.rule | some finding in opa.deny} with input as document
}

test_the_name_that_conftest_tells if {
	"services a.yaml#/services" in opa.summary.deny with input as {} with data.conftest.file.name as "a.yaml"
}

test_each_finding_is_explained if {
	found := opa.deny | opa.warn with input as {}
	count(found) > 0
	every finding in found {
		finding.why != ""
		finding.help != ""
		finding.msg != ""
	}
}
