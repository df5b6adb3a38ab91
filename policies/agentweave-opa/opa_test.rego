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

test_the_good_one_has_no_finding if {
	opa.summary == {"deny": [], "warn": []} with input as good
	opa.compliant with input as good
}

test_no_input_is_not_compliant if opa.compliant == false

# One change to the good one, and what is found. The tables in testcases/agentweave-opa have many more.

test_the_services if {
	document := changed({"/0/contents/services": {}}, [])
	opa.summary == {"deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []} with input as document
}

test_a_service_at_http_policies_example_com if {
	document := changed({"/0/contents/services/policies/url": "http://policies.example.com"}, [])
	opa.summary == {"deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []} with input as document
}

test_insecure_tls_false if {
	document := changed({"/0/contents/services/logs/allow_insecure_tls": false}, [])
	opa.summary == {"deny": [], "warn": []} with input as document
}

test_services_in_a_list if {
	document := changed({"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}]}, [])
	opa.summary == {"deny": [], "warn": []} with input as document
}

test_a_service_with_token_in_the_file if {
	document := changed({"/0/contents/services/logs/credentials": {"x": {"token": "abc"}}}, [])
	opa.summary == {"deny": ["secret-literal opa.yaml#/services/logs/credentials/x/token"], "warn": []} with input as document
}

test_credentials_from_outside if {
	document := changed({"/0/contents/services/logs/credentials": {"client_tls": {"cert": "/etc/opa/cert.pem", "private_key": "/etc/opa/key.pem"}, "bearer": {"token_path": "/run/token"}, "secret": {"token": "${TOKEN}"}}}, [])
	opa.summary == {"deny": [], "warn": []} with input as document
}

test_a_second_section_services if {
	document := changed({"/0/contents/Services": {}}, [])
	opa.summary == {"deny": ["key-spelling opa.yaml#/Services"], "warn": []} with input as document
}

test_a_configuration_that_calls_itself_a_kind if {
	document := changed({"/0/contents/kind": "x", "/0/contents/bundles": {}}, [])
	opa.summary == {"deny": ["bundles opa.yaml#/bundles"], "warn": []} with input as document
}

test_a_bundle_that_is_a_file if {
	document := changed({"/0/contents/bundles/authz/resource": "file:///policies/bundle.tar.gz"}, ["/0/contents/bundles/authz/service"])
	opa.summary == {"deny": [], "warn": []} with input as document
}

test_the_signing if {
	document := changed({"/0/contents/bundles/authz/signing": {}}, [])
	opa.summary == {"deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []} with input as document
}

test_a_signature_of_all if {
	document := changed({"/0/contents/bundles/authz/signing/exclude_files": []}, [])
	opa.summary == {"deny": [], "warn": []} with input as document
}

test_a_bundle_that_is_nothing if {
	document := changed({"/0/contents/bundles/more": null}, [])
	opa.summary == {"deny": ["bundle-polling opa.yaml#/bundles/more/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/more/polling/min_delay_seconds", "bundle-service opa.yaml#/bundles/more/service", "bundle-signing opa.yaml#/bundles/more/signing/keyid"], "warn": []} with input as document
}

test_the_key_key_x_algorithm_hs256 if {
	document := changed({"/0/contents/keys/release": {"key": "x", "algorithm": "HS256"}}, [])
	opa.summary == {"deny": ["bundle-key opa.yaml#/keys/release"], "warn": []} with input as document
}

test_no_authentication if {
	document := changed({"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authorization=basic"]}, [])
	opa.summary == {"deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []} with input as document
}

test_no_authorization if {
	document := changed({"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token"]}, [])
	opa.summary == {"deny": ["authorization agent.yaml#/spec/containers/0"], "warn": []} with input as document
}

test_the_address_8181 if {
	document := changed({"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=:8181", "--authentication=token", "--authorization=basic"]}, [])
	opa.summary == {"deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []} with input as document
}

test_the_flag_skip_verify if {
	document := changed({"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--skip-verify"]}, [])
	opa.summary == {"deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []} with input as document
}

test_a_configuration_in_another_kind_than_a_config_map if {
	document := changed({"/0/contents": {"apiVersion": "v1", "kind": "Template", "metadata": {"name": "x"}, "data": {"a": "services: {}"}}}, [])
	opa.summary == {"deny": [], "warn": ["config-unseen agent.yaml#/spec/containers/0"]} with input as document
}

test_a_manifest_that_runs_something_else if {
	document := changed({"/1/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, [])
	opa.summary == {"deny": [], "warn": ["run-unseen opa.yaml#"]} with input as document
}

test_a_configuration_that_is_nothing if {
	document := changed({"/0/contents": null}, [])
	opa.summary == {"deny": ["opa-unreadable opa.yaml#"], "warn": ["config-unseen agent.yaml#/spec/containers/0"]} with input as document
}

test_only_another_manifest if {
	document := changed({"/0/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, ["/1"])
	opa.summary == {"deny": ["opa-missing opa.yaml#"], "warn": []} with input as document
}

# One document, and none.

test_a_configuration_alone if opa.summary == {"deny": [], "warn": ["run-unseen #"]} with input as good[0].contents

test_a_manifest_alone if opa.summary == {"deny": [], "warn": ["config-unseen #/spec/containers/0"]} with input as good[1].contents

test_nothing_to_judge_is_told_once if {
	manifest := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
	documents := [{"path": "a.yaml", "contents": manifest}, {"path": "b.yaml", "contents": manifest}]
	opa.summary == {"deny": ["opa-missing a.yaml#"], "warn": []} with input as documents
}

test_the_finding_names_file_and_document if {
	found := opa.deny with input as changed({"/1/contents/spec/containers/0/args": ["--authorization=basic", "--addr=localhost:1"]}, [])
	[[finding.file, finding.document, finding.rule, finding.path] | some finding in found] == [["agent.yaml", 1, "authentication", ["spec", "containers", 0]]]
}

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
