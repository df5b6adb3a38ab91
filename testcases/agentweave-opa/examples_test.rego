# METADATA
# title: Real configurations of OPA and manifests that run it, and what is found in them
# description: The documents are in testdata, where portcullis test finds them.
package agentweave.opa_examples_test

import data.agentweave.opa
import data.testdata.opa as examples

test_good[name] if {
	some name, document in examples.good
	opa.deny == set() with input as document
}

test_good_together if {
	opa.summary == {"deny": [], "warn": []} with input as together(examples.good)
}

together(documents) := [{"path": name, "contents": document} | some name, document in documents]

test_bad[name] if {
	some name, document in examples.bad
	opa.summary == expected[name] with input as document
}

test_bad_is_not_compliant[name] if {
	some name, document in examples.bad
	opa.compliant == false with input as document
}

expected := {
	"keys-only": {
		"deny": [
			"bundle-key #/keys/global",
			"bundle-polling #/discovery/polling/max_delay_seconds",
			"bundle-polling #/discovery/polling/min_delay_seconds",
			"bundle-service #/bundles/authz/service",
			"bundle-signing #/bundles/authz/signing/keyid",
			"bundle-signing #/discovery/signing/keyid",
			"decision-logs #/decision_logs/drop_decision",
			"key-spelling #/Bundles",
			"service-tls #/services/policies/allow_insecure_tls",
		],
		"warn": [
			"run-unseen #",
		],
	},
	"opa": {
		"deny": [
			"bundle-polling #/bundles/policies/polling/max_delay_seconds",
			"bundle-signing #/bundles/policies/signing/keyid",
			"decision-logs #/decision_logs",
			"secret-literal #/services/0/credentials/bearer/token",
			"service-tls #/services/0/url",
		],
		"warn": [
			"run-unseen #",
		],
	},
	"pod": {
		"deny": [
			"authentication #/spec/containers/0",
			"authorization #/spec/containers/0",
			"listen-address #/spec/containers/0",
			"run-flags #/spec/containers/0",
		],
		"warn": [
			"config-unseen #/spec/containers/0",
		],
	},
}
