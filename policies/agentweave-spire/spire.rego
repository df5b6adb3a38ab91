# METADATA
# title: Registration entries of SPIRE
# description: |
#   Checks what `spire-server entry show -output json` prints: that each agent has an id of its own with role and environment, that the
#   id is given to one service account of one namespace, and that SVIDs are short-lived. Entries of nodes are told from those of
#   agents by their parent. The input is that document, or an array of {path, contents} for several, whose entries count together.
# custom:
#   input: [entries, next_page_token]
#   portcullis:
#     validate:
#       input: combined
#       documents:
#         - title: what spire-server entry show prints
#           detect:
#             type: object
#             required: [entries]
#             properties: {entries: {type: array}}
#             anyOf:
#               - required: [next_page_token]
#               - properties: {entries: {contains: {type: object, anyOf: [{required: [spiffe_id]}, {required: [parent_id]}]}}}
package agentweave.spire

# METADATA
# title: What must not be registered
# description: |
#   A set of objects: msg (for people), rule (the id), path (from the root of the document to the value), file and
#   document (which file, and which entry of a combined input), why it matters and help (what to write instead).
# scope: document
# entrypoint: true

# METADATA
# title: The document has entries
# scope: rule
# custom:
#   id: entries-unreadable
#   severity: high
deny contains finding(document, "entries-unreadable", ["entries"], "is not a list with at least one entry") if {
	some document in documents
	not list_given(below(document.contents, ["entries"]))
}

# METADATA
# title: Each entry is one
# scope: rule
# custom:
#   id: entries-unreadable
#   severity: high
deny contains finding(entry.document, "entries-unreadable", array.concat(entry.path, []), "is no entry") if {
	some entry in entries
	not is_object(entry.value)
}

# METADATA
# title: All entries are there
# description: A page of a longer list says nothing about the others.
# scope: rule
# custom:
#   id: entries-incomplete
#   severity: high
deny contains finding(document, "entries-incomplete", ["next_page_token"], "is not empty, so entries are missing") if {
	some document in documents
	has(document.contents, ["next_page_token"])
	not below(document.contents, ["next_page_token"]) == ""
}

# METADATA
# title: The id names a role and an environment
# description: A trust domain, and a path of exactly /agent/<role>/<environment>.
# scope: rule
# custom:
#   id: spiffe-id
#   severity: high
deny contains finding(entry.document, "spiffe-id", array.concat(entry.path, ["spiffe_id"]), "is not of a trust domain with the path /agent/<role>/<environment>, production, staging or dev at its end") if {
	some entry in agents
	not agent_id(entry)
}

# METADATA
# title: No id is given twice
# scope: rule
# custom:
#   id: duplicate-id
#   severity: high
deny contains finding(entry.document, "duplicate-id", array.concat(entry.path, ["spiffe_id"]), text) if {
	some entry in agents
	some other in agents
	different(entry, other)
	below(entry.value, ["spiffe_id"]) == below(other.value, ["spiffe_id"])
	text := sprintf("is also that of %s", [place_of(other)])
}

# METADATA
# title: X.509-SVIDs live no longer than their environment allows
# description: 3600 seconds in production, 14400 in staging, 28800 in dev; 0 leaves it to the server.
# scope: rule
# custom:
#   id: x509-ttl
#   severity: high
deny contains finding(entry.document, "x509-ttl", array.concat(entry.path, ["x509_svid_ttl"]), text) if {
	some entry in agents
	not whole_number_within(below(entry.value, ["x509_svid_ttl"]), 1, longest_ttl[environment(entry)])
	text := sprintf("is not a whole number of seconds from 1 to %d", [longest_ttl[environment(entry)]])
}

# METADATA
# title: JWT-SVIDs live no longer than their environment allows
# description: 0 leaves it to the server, which gives five minutes.
# scope: rule
# custom:
#   id: jwt-ttl
#   severity: high
deny contains finding(entry.document, "jwt-ttl", array.concat(entry.path, ["jwt_svid_ttl"]), text) if {
	some entry in agents
	not whole_number_within(below(entry.value, ["jwt_svid_ttl"]), 0, longest_ttl[environment(entry)])
	text := sprintf("is not a whole number of seconds from 0 to %d", [longest_ttl[environment(entry)]])
}

# METADATA
# title: There are selectors
# description: Without them SPIRE gives the id to nobody, or to whoever is on the node.
# scope: rule
# custom:
#   id: selectors
#   severity: high
deny contains finding(entry.document, "selectors", array.concat(entry.path, ["selectors"]), "is not a list with at least one selector") if {
	some entry in entries
	is_object(entry.value)
	not list_given(below(entry.value, ["selectors"]))
}

# METADATA
# title: Each selector has a type and a value
# scope: rule
# custom:
#   id: selectors
#   severity: high
deny contains finding(entry.document, "selectors", array.concat(entry.path, ["selectors", place]), "is not a selector with type and value, without wildcards") if {
	some entry in entries
	some place, selector in list(below(entry.value, ["selectors"]))
	not selector_sound(selector)
}

# METADATA
# title: Agents are of one namespace
# scope: rule
# custom:
#   id: selector-namespace
#   severity: critical
deny contains finding(entry.document, "selector-namespace", array.concat(entry.path, ["selectors"]), "has not exactly one k8s selector ns:<namespace>") if {
	some entry in agents
	count(selected(entry, `^ns:[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)) != 1
}

# METADATA
# title: Agents are of one service account
# description: The account default is that of every pod that names none.
# scope: rule
# custom:
#   id: selector-service-account
#   severity: critical
deny contains finding(entry.document, "selector-service-account", array.concat(entry.path, ["selectors"]), "has not exactly one k8s selector sa:<service account>, which must not be default") if {
	some entry in agents
	accounts := selected(entry, `^sa:[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	count(accounts - {"sa:default"}) != 1
}

# METADATA
# title: The parent is another id of the trust domain
# scope: rule
# custom:
#   id: parent-id
#   severity: high
deny contains finding(entry.document, "parent-id", array.concat(entry.path, ["parent_id"]), "is not another id of the same trust domain") if {
	some entry in entries
	is_object(entry.value)
	not parent_good(entry)
}

# METADATA
# title: Entries give no power over SPIRE
# description: admin lets its holder make entries, downstream lets it sign for others.
# scope: rule
# custom:
#   id: entry-privileges
#   severity: critical
deny contains finding(entry.document, "entry-privileges", array.concat(entry.path, [key]), "is neither absent nor false") if {
	some entry in entries
	some key in {"admin", "downstream"}
	has(entry.value, [key])
	not entry.value[key] == false
}

# METADATA
# title: Federation is with named trust domains
# scope: rule
# custom:
#   id: federates-with
#   severity: high
deny contains finding(entry.document, "federates-with", array.concat(entry.path, ["federates_with"]), "is not a list of names of trust domains") if {
	some entry in entries
	has(entry.value, ["federates_with"])
	not trust_domains(entry.value.federates_with)
}

# METADATA
# title: Nodes are selected by what attested them
# scope: rule
# custom:
#   id: node-selectors
#   severity: high
deny contains finding(entry.document, "node-selectors", array.concat(entry.path, ["selectors", place]), "is not a selector of a node attestor, as an entry with the parent /spire/server needs") if {
	some entry in nodes
	some place, selector in list(below(entry.value, ["selectors"]))
	not below(selector, ["type"]) in node_attestors
}

# METADATA
# title: What should be another way
# description: Objects as in deny.
# scope: document
# entrypoint: true

# METADATA
# title: No two ids are for the same pods
# scope: rule
# custom:
#   id: selectors-shared
#   severity: medium
warn contains finding(entry.document, "selectors-shared", array.concat(entry.path, ["selectors"]), text) if {
	some entry in agents
	some other in agents
	different(entry, other)
	list_given(below(entry.value, ["selectors"]))
	{selector | some selector in entry.value.selectors} == {selector | some selector in list(below(other.value, ["selectors"]))}
	text := sprintf("selects the same pods as %s, so each of them gets both ids", [place_of(other)])
}

# METADATA
# title: Whether nothing is denied
# scope: document
# entrypoint: true
default compliant := false

# METADATA
# title: The set of findings is empty
# scope: rule
compliant if count(deny) == 0

# METADATA
# title: The findings in short, for baselines and tests
# description: Two sorted arrays of "<rule> <file>#/<path>".
# scope: document
summary := {
	"deny": sort({short(found) | some found in deny}),
	"warn": sort({short(found) | some found in warn}),
}
