# METADATA
# title: Real lists of registration entries, and what is found in them
# description: The documents are in testdata, where portcullis test finds them.
package agentweave.spire_examples_test

import data.agentweave.spire
import data.testdata.spire as examples

test_good[name] if {
	some name, document in examples.good
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_the_same_entries_twice if {
	count(spire.deny) == 4 with input as together({"a": examples.good.entries, "b": examples.good.entries})
}

together(documents) := [{"path": name, "contents": document} | some name, document in documents]

test_bad[name] if {
	some name, document in examples.bad
	spire.summary == expected[name] with input as document
}

test_bad_is_not_compliant[name] if {
	some name, document in examples.bad
	spire.compliant == false with input as document
}

expected := {
	"disguised": {
		"deny": [
			"entry-privileges #/entries/0/downstream",
			"node-selectors #/entries/1/selectors/0",
			"node-selectors #/entries/1/selectors/1",
			"parent-id #/entries/2/parent_id",
			"spiffe-id #/entries/2/spiffe_id",
			"x509-ttl #/entries/2/x509_svid_ttl",
		],
		"warn": [],
	},
	"generic": {
		"deny": [
			"duplicate-id #/entries/2/spiffe_id",
			"duplicate-id #/entries/3/spiffe_id",
			"entries-incomplete #/next_page_token",
			"entry-privileges #/entries/2/admin",
			"selector-namespace #/entries/1/selectors",
			"selector-service-account #/entries/1/selectors",
			"selector-service-account #/entries/2/selectors",
			"spiffe-id #/entries/1/spiffe_id",
			"x509-ttl #/entries/1/x509_svid_ttl",
			"x509-ttl #/entries/2/x509_svid_ttl",
		],
		"warn": [],
	},
}
