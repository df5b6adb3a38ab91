# METADATA
# title: Tests of the checks of registration entries
package agentweave.spire_test

import data.agentweave.spire

good := {
	"entries": [
		{
			"id": "f0b1c7a2-7a6e-4a5e-9d5a-6f6d0b9a3d11",
			"spiffe_id": {
				"trust_domain": "example.com",
				"path": "/k8s-node",
			},
			"parent_id": {
				"trust_domain": "example.com",
				"path": "/spire/server",
			},
			"selectors": [
				{
					"type": "k8s_psat",
					"value": "cluster:production",
				},
			],
			"x509_svid_ttl": 3600,
			"federates_with": [],
			"hint": "",
			"admin": false,
			"created_at": "1764150000",
			"downstream": false,
			"expires_at": "0",
			"dns_names": [],
			"revision_number": "0",
			"store_svid": false,
			"jwt_svid_ttl": 0,
		},
		{
			"id": "0d8b6d56-6a8e-4c4b-8a57-3a7f3b1f6c52",
			"spiffe_id": {
				"trust_domain": "example.com",
				"path": "/agent/orchestrator/production",
			},
			"parent_id": {
				"trust_domain": "example.com",
				"path": "/k8s-node",
			},
			"selectors": [
				{
					"type": "k8s",
					"value": "ns:agentweave",
				},
				{
					"type": "k8s",
					"value": "sa:orchestrator",
				},
			],
			"x509_svid_ttl": 3600,
			"federates_with": [],
			"hint": "",
			"admin": false,
			"created_at": "1764150000",
			"downstream": false,
			"expires_at": "0",
			"dns_names": [
				"orchestrator.agentweave.svc.cluster.local",
			],
			"revision_number": "1",
			"store_svid": false,
			"jwt_svid_ttl": 300,
		},
		{
			"id": "b5a2f0f3-53a5-4a0b-9a53-8f0a4e0b7f21",
			"spiffe_id": {
				"trust_domain": "example.com",
				"path": "/agent/search/staging",
			},
			"parent_id": {
				"trust_domain": "example.com",
				"path": "/k8s-node",
			},
			"selectors": [
				{
					"type": "k8s",
					"value": "ns:agentweave-staging",
				},
				{
					"type": "k8s",
					"value": "sa:search",
				},
				{
					"type": "k8s",
					"value": "pod-label:app:search",
				},
			],
			"x509_svid_ttl": 14400,
			"federates_with": [
				"partner.trusted-org.com",
			],
			"hint": "",
			"admin": false,
			"created_at": "1764150000",
			"downstream": false,
			"expires_at": "0",
			"dns_names": [],
			"revision_number": "0",
			"store_svid": false,
			"jwt_svid_ttl": 0,
		},
	],
	"next_page_token": "",
}

changed(sets, removed) := json.patch(good, array.concat(
	[{"op": "remove", "path": path} | some path in removed],
	[{"op": "add", "path": path, "value": value} | some path, value in sets],
))

test_the_good_one_has_no_finding if {
	spire.summary == {"deny": [], "warn": []} with input as good
	spire.compliant with input as good
}

test_no_input_is_not_compliant if spire.compliant == false

# One change to the good one, and what is found. The tables in testcases/agentweave-spire have many more.

test_the_entries if {
	document := changed({"/entries": []}, [])
	spire.summary == {"deny": ["entries-unreadable #/entries"], "warn": []} with input as document
}

test_an_empty_entry if {
	document := changed({"/entries/-": {}}, [])
	spire.summary == {"deny": ["jwt-ttl #/entries/3/jwt_svid_ttl", "parent-id #/entries/3/parent_id", "selector-namespace #/entries/3/selectors", "selector-service-account #/entries/3/selectors", "selectors #/entries/3/selectors", "spiffe-id #/entries/3/spiffe_id", "x509-ttl #/entries/3/x509_svid_ttl"], "warn": []} with input as document
}

test_the_next_page_abc if {
	document := changed({"/next_page_token": "abc"}, [])
	spire.summary == {"deny": ["entries-incomplete #/next_page_token"], "warn": []} with input as document
}

test_no_word_of_a_next_page if {
	document := changed({}, ["/next_page_token"])
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_an_id_twice if {
	document := changed({"/entries/2/spiffe_id": {"trust_domain": "example.com", "path": "/agent/orchestrator/production"}, "/entries/2/x509_svid_ttl": 3600}, [])
	spire.summary == {"deny": ["duplicate-id #/entries/1/spiffe_id", "duplicate-id #/entries/2/spiffe_id"], "warn": []} with input as document
}

test_production_with_1_seconds if {
	document := changed({"/entries/1/x509_svid_ttl": 1}, [])
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_production_with_3600_seconds if {
	document := changed({"/entries/1/x509_svid_ttl": 3600}, [])
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_dev_with_eight_hours if {
	document := changed({"/entries/2/spiffe_id/path": "/agent/search/dev", "/entries/2/x509_svid_ttl": 28800, "/entries/2/jwt_svid_ttl": 28800}, [])
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_tokens_of_0_seconds if {
	document := changed({"/entries/1/jwt_svid_ttl": 0}, [])
	spire.summary == {"deny": [], "warn": []} with input as document
}

test_the_same_pods_twice if {
	document := changed({"/entries/2/selectors": [{"type": "k8s", "value": "sa:orchestrator"}, {"type": "k8s", "value": "ns:agentweave"}]}, [])
	spire.summary == {"deny": [], "warn": ["selectors-shared #/entries/1/selectors", "selectors-shared #/entries/2/selectors"]} with input as document
}

test_admin_true if {
	document := changed({"/entries/1/admin": true}, [])
	spire.summary == {"deny": ["entry-privileges #/entries/1/admin"], "warn": []} with input as document
}

test_federation_with if {
	document := changed({"/entries/2/federates_with": "*"}, [])
	spire.summary == {"deny": ["federates-with #/entries/2/federates_with"], "warn": []} with input as document
}

test_an_agent_with_the_parent_of_nodes_and_a_generic_id if {
	document := changed({"/entries/1/parent_id/path": "/spire/server", "/entries/1/spiffe_id/path": "/service"}, [])
	spire.summary == {"deny": ["node-selectors #/entries/1/selectors/0", "node-selectors #/entries/1/selectors/1"], "warn": []} with input as document
}

# Several documents.

entry(path, places) := {"path": path, "contents": {"entries": [good.entries[place] | some place in places], "next_page_token": ""}}

test_several_documents if spire.summary == {"deny": [], "warn": []} with input as [entry("a.json", [0, 1]), entry("b.json", [2])]

test_an_id_in_two_documents if {
	expected := {
		"deny": ["duplicate-id a.json#/entries/0/spiffe_id", "duplicate-id b.json#/entries/0/spiffe_id"],
		"warn": ["selectors-shared a.json#/entries/0/selectors", "selectors-shared b.json#/entries/0/selectors"],
	}
	spire.summary == expected with input as [entry("a.json", [1]), entry("b.json", [1])]
}

test_a_list_that_is_not_of_files[kind] if {
	some kind, document in {
		"one without a path": [entry("a.json", [0]), good],
		"a path that is a number": [{"path": 1, "contents": good}],
		"no contents": [{"path": "a.json"}],
	}
	spire.summary.deny == ["entries-unreadable #/entries"] with input as document
}

test_the_name_that_conftest_tells if {
	spire.summary.deny == ["entries-unreadable a.json#/entries"] with input as {} with data.conftest.file.name as "a.json"
}

test_the_finding_names_file_and_document if {
	found := spire.deny with input as [entry("a.json", [0]), {"path": "b.json", "contents": changed({"/entries/1/admin": true}, [])}]
	[[finding.file, finding.document, finding.rule, finding.path] | some finding in found] == [["b.json", 1, "entry-privileges", ["entries", 1, "admin"]]]
}

test_no_input if spire.summary.deny == ["entries-unreadable #/entries"]

test_each_finding_is_explained if {
	found := spire.deny | spire.warn with input as {}
	count(found) > 0
	every finding in found {
		finding.why != ""
		finding.help != ""
		finding.msg != ""
	}
}
