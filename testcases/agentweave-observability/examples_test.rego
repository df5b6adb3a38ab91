# METADATA
# title: Real files of alerts, and what is found in them
# description: The documents are in testdata, where portcullis test finds them.
package agentweave.observability_examples_test

import data.agentweave.observability
import data.testdata.observability as examples

test_good[name] if {
	some name, document in examples.good
	observability.summary == {"deny": [], "warn": []} with input as document
}

test_a_good_one_makes_up_for_a_quiet_one if {
	documents := together({"good": examples.good.alerts, "quiet": examples.bad.quiet})
	observability.summary == {"deny": [], "warn": []} with input as documents
}

together(documents) := [{"path": name, "contents": document} | some name, document in documents]

test_bad[name] if {
	some name, document in examples.bad
	observability.summary == expected[name] with input as document
}

test_bad_is_not_compliant[name] if {
	some name, document in examples.bad
	observability.compliant == false with input as document
}

expected := {
	"half": {
		"deny": [
			"alert-capability #/groups",
			"alert-svid-expiry #/groups",
			"alert-unknown-caller #/groups",
			"group-duplicate #/groups/0/name",
			"group-duplicate #/groups/1/name",
		],
		"warn": [
			"alert-described #/groups/0/rules/0/annotations/summary",
			"alert-severity #/groups/0/rules/0/labels/severity",
		],
	},
	"quiet": {
		"deny": [
			"alert-capability #/groups/0/rules/4/expr",
			"alert-denials #/groups/0/rules/0/expr",
			"alert-svid-expiry #/groups/0/rules/3/expr",
			"alert-svid-rotation #/groups",
			"alert-unknown-caller #/groups/0/rules/1/expr",
		],
		"warn": [],
	},
}
