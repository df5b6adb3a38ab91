# METADATA
# title: The checks of registration entries, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a moment.
package agentweave.spire_cases_test

import data.agentweave.spire
import data.agentweave.spire_test.changed

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := spire.summary with input as document
}

test_entries[name] if {
	some name, case in cases_of_entries
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_selectors[name] if {
	some name, case in cases_of_selectors
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

found_in(document) := {finding.rule | some finding in found} if found := spire.deny with input as document

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
	"/entries": "entries-unreadable",
	"/entries/1/spiffe_id": "spiffe-id",
	"/entries/1/spiffe_id/path": "spiffe-id",
	"/entries/1/spiffe_id/trust_domain": "spiffe-id",
	"/entries/1/parent_id": "parent-id",
	"/entries/1/parent_id/path": "parent-id",
	"/entries/1/selectors": "selector-namespace",
	"/entries/1/x509_svid_ttl": "x509-ttl",
	"/entries/1/jwt_svid_ttl": "jwt-ttl",
}

# Names of trust domains.
meant := {
	["/entries/1/spiffe_id/trust_domain", "the text true"],
	["/entries/1/spiffe_id/trust_domain", "the text no"],
}

# Every rule that some case brings to speak is explained, and every explanation is of such a rule.
test_the_guidance_is_complete if {
	spoken := {split(line, " ")[0] | some table in all_cases; some case in table; some line in array.concat(case.deny, case.warn)}
	spoken - object.keys(spire.guidance) == set()
	object.keys(spire.guidance) - spoken == set()
}

cases_of_entries := {
	"the entries []": {"sets": {"/entries": []}, "removed": [], "deny": ["entries-unreadable #/entries"], "warn": []},
	"the entries {}": {"sets": {"/entries": {}}, "removed": [], "deny": ["entries-unreadable #/entries"], "warn": []},
	"the entries null": {"sets": {"/entries": null}, "removed": [], "deny": ["entries-unreadable #/entries"], "warn": []},
	"the entries \"x\"": {"sets": {"/entries": "x"}, "removed": [], "deny": ["entries-unreadable #/entries"], "warn": []},
	"an entry that is null": {"sets": {"/entries/-": null}, "removed": [], "deny": ["entries-unreadable #/entries/3"], "warn": []},
	"an entry that is \"x\"": {"sets": {"/entries/-": "x"}, "removed": [], "deny": ["entries-unreadable #/entries/3"], "warn": []},
	"an entry that is 1": {"sets": {"/entries/-": 1}, "removed": [], "deny": ["entries-unreadable #/entries/3"], "warn": []},
	"an entry that is []": {"sets": {"/entries/-": []}, "removed": [], "deny": ["entries-unreadable #/entries/3"], "warn": []},
	"an empty entry": {"sets": {"/entries/-": {}}, "removed": [], "deny": ["jwt-ttl #/entries/3/jwt_svid_ttl", "parent-id #/entries/3/parent_id", "selector-namespace #/entries/3/selectors", "selector-service-account #/entries/3/selectors", "selectors #/entries/3/selectors", "spiffe-id #/entries/3/spiffe_id", "x509-ttl #/entries/3/x509_svid_ttl"], "warn": []},
	"the next page \"abc\"": {"sets": {"/next_page_token": "abc"}, "removed": [], "deny": ["entries-incomplete #/next_page_token"], "warn": []},
	"the next page null": {"sets": {"/next_page_token": null}, "removed": [], "deny": ["entries-incomplete #/next_page_token"], "warn": []},
	"the next page 0": {"sets": {"/next_page_token": 0}, "removed": [], "deny": ["entries-incomplete #/next_page_token"], "warn": []},
	"the next page []": {"sets": {"/next_page_token": []}, "removed": [], "deny": ["entries-incomplete #/next_page_token"], "warn": []},
	"no word of a next page": {"sets": {}, "removed": ["/next_page_token"], "deny": [], "warn": []},
	"the path \"/agent/orchestrator\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/orchestrator"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/production\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent\"": {"sets": {"/entries/1/spiffe_id/path": "/agent"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/service\"": {"sets": {"/entries/1/spiffe_id/path": "/service"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/orchestrator/prod\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/orchestrator/prod"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/orchestrator/production/\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/orchestrator/production/"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/*/production\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/*/production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/../production\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/../production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"agent/orchestrator/production\"": {"sets": {"/entries/1/spiffe_id/path": "agent/orchestrator/production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/Agent/orchestrator/production\"": {"sets": {"/entries/1/spiffe_id/path": "/Agent/orchestrator/production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent/orchestrator/production/x\"": {"sets": {"/entries/1/spiffe_id/path": "/agent/orchestrator/production/x"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"/agent//production\"": {"sets": {"/entries/1/spiffe_id/path": "/agent//production"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path \"\"": {"sets": {"/entries/1/spiffe_id/path": ""}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path null": {"sets": {"/entries/1/spiffe_id/path": null}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the path 5": {"sets": {"/entries/1/spiffe_id/path": 5}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the trust domain \"*.example.com\"": {"sets": {"/entries/1/spiffe_id/trust_domain": "*.example.com"}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the trust domain \"Example.com\"": {"sets": {"/entries/1/spiffe_id/trust_domain": "Example.com"}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the trust domain \"\"": {"sets": {"/entries/1/spiffe_id/trust_domain": ""}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the trust domain null": {"sets": {"/entries/1/spiffe_id/trust_domain": null}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"the trust domain [\"example.com\"]": {"sets": {"/entries/1/spiffe_id/trust_domain": ["example.com"]}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"an id that is a text": {"sets": {"/entries/1/spiffe_id": "spiffe://example.com/agent/orchestrator/production"}, "removed": [], "deny": ["parent-id #/entries/1/parent_id", "spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"an id twice": {"sets": {"/entries/2/spiffe_id": {"trust_domain": "example.com", "path": "/agent/orchestrator/production"}, "/entries/2/x509_svid_ttl": 3600}, "removed": [], "deny": ["duplicate-id #/entries/1/spiffe_id", "duplicate-id #/entries/2/spiffe_id"], "warn": []},
	"production with 1 seconds": {"sets": {"/entries/1/x509_svid_ttl": 1}, "removed": [], "deny": [], "warn": []},
	"production with 3600 seconds": {"sets": {"/entries/1/x509_svid_ttl": 3600}, "removed": [], "deny": [], "warn": []},
	"production with 3601 seconds": {"sets": {"/entries/1/x509_svid_ttl": 3601}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with 86400 seconds": {"sets": {"/entries/1/x509_svid_ttl": 86400}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with 0 seconds": {"sets": {"/entries/1/x509_svid_ttl": 0}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with -1 seconds": {"sets": {"/entries/1/x509_svid_ttl": -1}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with 0.5 seconds": {"sets": {"/entries/1/x509_svid_ttl": 0.5}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with \"3600\" seconds": {"sets": {"/entries/1/x509_svid_ttl": "3600"}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with null seconds": {"sets": {"/entries/1/x509_svid_ttl": null}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"production with [3600] seconds": {"sets": {"/entries/1/x509_svid_ttl": [3600]}, "removed": [], "deny": ["x509-ttl #/entries/1/x509_svid_ttl"], "warn": []},
	"staging with more": {"sets": {"/entries/2/x509_svid_ttl": 14401}, "removed": [], "deny": ["x509-ttl #/entries/2/x509_svid_ttl"], "warn": []},
	"dev with eight hours": {"sets": {"/entries/2/spiffe_id/path": "/agent/search/dev", "/entries/2/x509_svid_ttl": 28800, "/entries/2/jwt_svid_ttl": 28800}, "removed": [], "deny": [], "warn": []},
	"dev with more": {"sets": {"/entries/2/spiffe_id/path": "/agent/search/dev", "/entries/2/x509_svid_ttl": 28801, "/entries/2/jwt_svid_ttl": 28801}, "removed": [], "deny": ["jwt-ttl #/entries/2/jwt_svid_ttl", "x509-ttl #/entries/2/x509_svid_ttl"], "warn": []},
	"tokens of 0 seconds": {"sets": {"/entries/1/jwt_svid_ttl": 0}, "removed": [], "deny": [], "warn": []},
	"tokens of 3600 seconds": {"sets": {"/entries/1/jwt_svid_ttl": 3600}, "removed": [], "deny": [], "warn": []},
	"tokens of 3601 seconds": {"sets": {"/entries/1/jwt_svid_ttl": 3601}, "removed": [], "deny": ["jwt-ttl #/entries/1/jwt_svid_ttl"], "warn": []},
	"tokens of -1 seconds": {"sets": {"/entries/1/jwt_svid_ttl": -1}, "removed": [], "deny": ["jwt-ttl #/entries/1/jwt_svid_ttl"], "warn": []},
	"tokens of \"300\" seconds": {"sets": {"/entries/1/jwt_svid_ttl": "300"}, "removed": [], "deny": ["jwt-ttl #/entries/1/jwt_svid_ttl"], "warn": []},
	"tokens of null seconds": {"sets": {"/entries/1/jwt_svid_ttl": null}, "removed": [], "deny": ["jwt-ttl #/entries/1/jwt_svid_ttl"], "warn": []},
	"no lifetime of tokens": {"sets": {}, "removed": ["/entries/1/jwt_svid_ttl"], "deny": ["jwt-ttl #/entries/1/jwt_svid_ttl"], "warn": []},
}

cases_of_selectors := {
	"no selectors": {"sets": {"/entries/1/selectors": []}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors", "selector-service-account #/entries/1/selectors", "selectors #/entries/1/selectors"], "warn": []},
	"selectors as a mapping": {"sets": {"/entries/1/selectors": {"k8s": "ns:a"}}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors", "selector-service-account #/entries/1/selectors", "selectors #/entries/1/selectors"], "warn": []},
	"no namespace": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors"], "warn": []},
	"two namespaces": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "ns:b"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors"], "warn": []},
	"no account": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}]}, "removed": [], "deny": ["selector-service-account #/entries/1/selectors"], "warn": []},
	"two accounts": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}, {"type": "k8s", "value": "sa:b"}]}, "removed": [], "deny": ["selector-service-account #/entries/1/selectors"], "warn": []},
	"the account default": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:default"}]}, "removed": [], "deny": ["selector-service-account #/entries/1/selectors"], "warn": []},
	"the account default and another": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:default"}, {"type": "k8s", "value": "sa:b"}]}, "removed": [], "deny": [], "warn": []},
	"an empty namespace": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors"], "warn": []},
	"a namespace in capitals": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "NS:a"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors"], "warn": []},
	"a namespace of Docker": {"sets": {"/entries/1/selectors": [{"type": "docker", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors"], "warn": []},
	"a wildcard": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:*"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors", "selectors #/entries/1/selectors/0"], "warn": []},
	"a selector without a type": {"sets": {"/entries/1/selectors": [{"value": "ns:a"}, {"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selectors #/entries/1/selectors/0"], "warn": []},
	"a selector that is a text": {"sets": {"/entries/1/selectors": ["k8s:ns:a", {"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selectors #/entries/1/selectors/0"], "warn": []},
	"a value that is a number": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": 5}, {"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}]}, "removed": [], "deny": ["selectors #/entries/1/selectors/0"], "warn": []},
	"a value with a space": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}, {"type": "k8s", "value": "pod-label:app:x y"}]}, "removed": [], "deny": ["selectors #/entries/1/selectors/2"], "warn": []},
	"a user of Unix only": {"sets": {"/entries/1/selectors": [{"type": "unix", "value": "uid:10001"}]}, "removed": [], "deny": ["selector-namespace #/entries/1/selectors", "selector-service-account #/entries/1/selectors"], "warn": []},
	"a namespace and account and more": {"sets": {"/entries/1/selectors": [{"type": "k8s", "value": "ns:a"}, {"type": "k8s", "value": "sa:a"}, {"type": "k8s", "value": "pod-label:app:x"}, {"type": "k8s", "value": "container-image:r/x@sha256:ab"}]}, "removed": [], "deny": [], "warn": []},
	"the same pods twice": {"sets": {"/entries/2/selectors": [{"type": "k8s", "value": "sa:orchestrator"}, {"type": "k8s", "value": "ns:agentweave"}]}, "removed": [], "deny": [], "warn": ["selectors-shared #/entries/1/selectors", "selectors-shared #/entries/2/selectors"]},
	"admin true": {"sets": {"/entries/1/admin": true}, "removed": [], "deny": ["entry-privileges #/entries/1/admin"], "warn": []},
	"admin \"false\"": {"sets": {"/entries/1/admin": "false"}, "removed": [], "deny": ["entry-privileges #/entries/1/admin"], "warn": []},
	"admin null": {"sets": {"/entries/1/admin": null}, "removed": [], "deny": ["entry-privileges #/entries/1/admin"], "warn": []},
	"admin of a node": {"sets": {"/entries/0/admin": true}, "removed": [], "deny": ["entry-privileges #/entries/0/admin"], "warn": []},
	"no word of admin": {"sets": {}, "removed": ["/entries/1/admin"], "deny": [], "warn": []},
	"downstream true": {"sets": {"/entries/1/downstream": true}, "removed": [], "deny": ["entry-privileges #/entries/1/downstream"], "warn": []},
	"downstream \"false\"": {"sets": {"/entries/1/downstream": "false"}, "removed": [], "deny": ["entry-privileges #/entries/1/downstream"], "warn": []},
	"downstream null": {"sets": {"/entries/1/downstream": null}, "removed": [], "deny": ["entry-privileges #/entries/1/downstream"], "warn": []},
	"downstream of a node": {"sets": {"/entries/0/downstream": true}, "removed": [], "deny": ["entry-privileges #/entries/0/downstream"], "warn": []},
	"no word of downstream": {"sets": {}, "removed": ["/entries/1/downstream"], "deny": [], "warn": []},
	"federation with \"*\"": {"sets": {"/entries/2/federates_with": "*"}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with [\"*\"]": {"sets": {"/entries/2/federates_with": ["*"]}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with [\"spiffe://a.com/x\"]": {"sets": {"/entries/2/federates_with": ["spiffe://a.com/x"]}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with null": {"sets": {"/entries/2/federates_with": null}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with {}": {"sets": {"/entries/2/federates_with": {}}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with [null]": {"sets": {"/entries/2/federates_with": [null]}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with [\"a.com\", \"\"]": {"sets": {"/entries/2/federates_with": ["a.com", ""]}, "removed": [], "deny": ["federates-with #/entries/2/federates_with"], "warn": []},
	"federation with an id": {"sets": {"/entries/2/federates_with": ["spiffe://a.com", "b.com"]}, "removed": [], "deny": [], "warn": []},
	"no federation": {"sets": {}, "removed": ["/entries/2/federates_with"], "deny": [], "warn": []},
	"a parent of another trust domain": {"sets": {"/entries/1/parent_id": {"trust_domain": "other.com", "path": "/k8s-node"}}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"a parent without a path": {"sets": {"/entries/1/parent_id": {"trust_domain": "example.com", "path": ""}}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"a parent that is itself": {"sets": {"/entries/1/parent_id": {"trust_domain": "example.com", "path": "/agent/orchestrator/production"}}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"a parent that is a text": {"sets": {"/entries/1/parent_id": "spiffe://example.com/k8s-node"}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"a parent that is nothing": {"sets": {"/entries/1/parent_id": null}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"a parent that is of no domain": {"sets": {"/entries/1/parent_id": {"path": "/k8s-node"}}, "removed": [], "deny": ["parent-id #/entries/1/parent_id"], "warn": []},
	"an agent with the parent of nodes": {"sets": {"/entries/1/parent_id/path": "/spire/server"}, "removed": [], "deny": [], "warn": []},
	"an agent with the parent of nodes and a generic id": {"sets": {"/entries/1/parent_id/path": "/spire/server", "/entries/1/spiffe_id/path": "/service"}, "removed": [], "deny": ["node-selectors #/entries/1/selectors/0", "node-selectors #/entries/1/selectors/1"], "warn": []},
	"an agent in capitals with the parent of nodes": {"sets": {"/entries/1/parent_id/path": "/spire/server", "/entries/1/spiffe_id/path": "//Agent"}, "removed": [], "deny": ["spiffe-id #/entries/1/spiffe_id"], "warn": []},
	"a node without selectors": {"sets": {"/entries/0/selectors": []}, "removed": [], "deny": ["selectors #/entries/0/selectors"], "warn": []},
	"a node selected by Kubernetes' pods": {"sets": {"/entries/0/selectors": [{"type": "k8s", "value": "ns:a"}]}, "removed": [], "deny": ["node-selectors #/entries/0/selectors/0"], "warn": []},
	"a node of another trust domain's parent": {"sets": {"/entries/0/parent_id/trust_domain": "x.com"}, "removed": [], "deny": ["parent-id #/entries/0/parent_id"], "warn": []},
	"a node that lives long": {"sets": {"/entries/0/x509_svid_ttl": 86400}, "removed": [], "deny": [], "warn": []},
	"a node whose path is a number": {"sets": {"/entries/0/spiffe_id/path": 5}, "removed": [], "deny": ["selector-namespace #/entries/0/selectors", "selector-service-account #/entries/0/selectors", "spiffe-id #/entries/0/spiffe_id"], "warn": []},
}

all_cases := [cases_of_entries, cases_of_selectors]
