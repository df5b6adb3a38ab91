# METADATA
# title: Real manifests, and what is found in them
# description: The documents are in testdata, where portcullis test finds them.
package agentweave.kubernetes_examples_test

import data.agentweave.kubernetes
import data.testdata.kubernetes as examples

test_good[name] if {
	some name, document in examples.good
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_good_together if {
	kubernetes.summary == {"deny": [], "warn": []} with input as together(examples.good)
}

test_a_bad_one_among_good_ones if {
	documents := array.concat(together(examples.good), [{"path": "secret", "contents": examples.bad.secret}])
	kubernetes.summary == {"deny": ["secret-string-data secret#/stringData"], "warn": ["secret-data secret#/data"]} with input as documents
}

test_good_ones_without_the_policy if {
	documents := together(object.remove(examples.good, ["networkpolicy"]))
	expected := [
		"network-policy-missing cronjob#/metadata",
		"network-policy-missing deployment#/metadata",
		"network-policy-missing namespace#/metadata",
	]
	kubernetes.summary.deny == expected with input as documents
}

together(documents) := [{"path": name, "contents": document} | some name, document in documents]

test_bad[name] if {
	some name, document in examples.bad
	kubernetes.summary == expected[name] with input as document
}

test_bad_is_not_compliant[name] if {
	some name, document in examples.bad
	kubernetes.compliant == false with input as document
}

expected := {
	"debug": {
		"deny": [
			"capabilities-drop #/items/1/spec/containers/0/securityContext/capabilities/drop",
			"host-namespaces #/items/1/spec/hostPID",
			"network-policy-missing #/items/0/metadata",
			"network-policy-missing #/items/1/metadata",
			"pod-security-labels #/items/0/metadata/labels/pod-security.kubernetes.io/audit",
			"pod-security-labels #/items/0/metadata/labels/pod-security.kubernetes.io/enforce",
			"privilege-escalation #/items/1/spec/containers/0/securityContext/allowPrivilegeEscalation",
			"privileged #/items/1/spec/containers/0/securityContext/privileged",
			"read-only-root #/items/1/spec/containers/0/securityContext/readOnlyRootFilesystem",
			"resources #/items/1/spec/containers/0/resources/limits/cpu",
			"resources #/items/1/spec/containers/0/resources/limits/memory",
			"resources #/items/1/spec/containers/0/resources/requests/cpu",
			"resources #/items/1/spec/containers/0/resources/requests/memory",
			"run-as-non-root #/items/1/spec/containers/0/securityContext/runAsNonRoot",
			"run-as-user #/items/1/spec/containers/0/securityContext/runAsUser",
			"seccomp #/items/1/spec/containers/0/securityContext/seccompProfile/type",
			"secret-string-data #/items/2/stringData",
			"secret-value #/items/1/spec/containers/0/args/0",
		],
		"warn": [],
	},
	"network": {
		"deny": [
			"network-egress #/spec/egress/0",
			"network-egress #/spec/egress/1",
			"network-ingress #/spec/ingress/0",
			"network-ingress #/spec/ingress/1",
			"network-policy-types #/spec/policyTypes",
		],
		"warn": [],
	},
	"secret": {
		"deny": [
			"secret-string-data #/stringData",
		],
		"warn": [
			"secret-data #/data",
		],
	},
	"template": {
		"deny": [
			"capabilities-add #/spec/template/spec/containers/0/securityContext/capabilities/add",
			"env-secret #/spec/template/spec/containers/0/env/0",
			"read-only-root #/spec/template/spec/initContainers/0/securityContext/readOnlyRootFilesystem",
			"resources #/spec/template/spec/containers/0/resources/limits/cpu",
			"resources #/spec/template/spec/containers/0/resources/limits/memory",
			"resources #/spec/template/spec/initContainers/0/resources/limits/cpu",
			"resources #/spec/template/spec/initContainers/0/resources/limits/memory",
			"resources #/spec/template/spec/initContainers/0/resources/requests/cpu",
			"resources #/spec/template/spec/initContainers/0/resources/requests/memory",
			"run-as-user #/spec/template/spec/securityContext/runAsUser",
		],
		"warn": [],
	},
}
