# How registration entries are read.

package agentweave.spire

# METADATA
# title: The input, null when there is none
# scope: document
default whole := null

# METADATA
# title: The input as it was given
# scope: rule
whole := input

# METADATA
# title: The name of the file that conftest tells, or nothing
# scope: document
default file_told := ""

# METADATA
# title: conftest tells it to each policy
# scope: rule
file_told := data.conftest.file.name

# METADATA
# title: The input is a list of files
# description: As conftest --combine gives it, an array of objects with path and contents, and nothing else.
# scope: document
default combined := false

# METADATA
# title: Each entry has a path and contents
# scope: rule
combined if {
	is_array(whole)
	count(whole) > 0
	every entry in whole {
		is_string(entry.path)
		"contents" in object.keys(entry)
	}
}

# METADATA
# title: The documents of the input
# description: Of a combined input one for each entry; of any other input the input itself.
# scope: document
documents contains {"file": file_told, "number": 0, "contents": whole} if not combined

# METADATA
# title: One document for each entry
# scope: rule
documents contains {"file": entry.path, "number": number, "contents": entry.contents} if {
	combined
	some number, entry in whole
}

# METADATA
# title: What is said of one place
# scope: document
finding(document, rule, path, text) := {
	"msg": sprintf("%s %s", [name_of(path), text]),
	"rule": rule,
	"path": path,
	"file": document.file,
	"document": document.number,
	"why": object.get(guidance, [rule, "why"], ""),
	"help": object.get(guidance, [rule, "help"], ""),
}

# METADATA
# title: A finding on one line
# scope: document
short(found) := sprintf("%s %s#%s", [found.rule, found.file, concat("", [sprintf("/%v", [part]) | some part in found.path])])

# METADATA
# title: Keys and numbers with dots between
# scope: document
name_of(path) := concat(".", [sprintf("%v", [part]) | some part in path])

# METADATA
# title: The value at a path, null when there is none
# scope: rule
below(value, path) := object.get(value, path, null) if is_object(value)

# METADATA
# title: There is nothing below what is no object
# scope: rule
below(value, _) := null if not is_object(value)

# METADATA
# title: There is something at the path, whatever it is
# scope: document
has(value, path) if {
	is_object(value)
	object.get(value, path, {"absent"}) != {"absent"}
}

# METADATA
# title: A string of a form
# description: Of other types it is false, and no error of the function.
# scope: document
matches(form, value) if {
	is_string(value)
	regex.match(form, value)
}

# METADATA
# title: The array, or an empty one in place of anything else
# scope: rule
list(value) := value if is_array(value)

# METADATA
# title: What is no array has no entries
# scope: rule
list(value) := [] if not is_array(value)

# METADATA
# title: An array with entries
# scope: document
list_given(value) if count(list(value)) > 0

# METADATA
# title: How long an SVID may live, in seconds
# scope: document
longest_ttl := {"production": 3600, "staging": 14400, "dev": 28800}

# METADATA
# title: Types of selectors that only attested nodes have
# scope: document
node_attestors := {
	"aws_iid",
	"azure_imds",
	"azure_msi",
	"gcp_iit",
	"http_challenge",
	"k8s_psat",
	"k8s_sat",
	"sshpop",
	"tpm_devid",
	"x509pop",
}

# METADATA
# title: All entries
# scope: document
entries contains {"document": document, "path": ["entries", place], "value": value} if {
	some document in documents
	some place, value in list(below(document.contents, ["entries"]))
}

# METADATA
# title: Entries of nodes
# description: SPIRE's own parent, and a path that is no agent's.
# scope: document
nodes contains entry if {
	some entry in entries
	below(entry.value, ["parent_id", "path"]) == "/spire/server"
	path := below(entry.value, ["spiffe_id", "path"])
	is_string(path)
	not regex.match(`(?i)^/+agent`, path)
}

# METADATA
# title: Entries of agents, which are all others
# scope: document
agents := {entry | some entry in entries; is_object(entry.value)} - nodes

# METADATA
# title: An id with role and environment
# scope: document
agent_id(entry) if {
	trust_domain(below(entry.value, ["spiffe_id", "trust_domain"]))
	path := below(entry.value, ["spiffe_id", "path"])
	matches(`^/agent/(?:\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*/(?:production|staging|dev)$`, path)
}

# METADATA
# title: The name of one trust domain
# scope: document
trust_domain(name) if {
	matches(`^[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?$`, name)
}

# METADATA
# title: A list of names of trust domains, with or without the scheme
# scope: document
trust_domains(names) if {
	is_array(names)
	every name in names {
		matches(`^(?:spiffe://)?[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?$`, name)
	}
}

# METADATA
# title: The environment that the id names
# scope: rule
environment(entry) := split(entry.value.spiffe_id.path, "/")[3] if agent_id(entry)

# METADATA
# title: Production, where it names none
# scope: rule
environment(entry) := "production" if not agent_id(entry)

# METADATA
# title: Two entries and not the same one
# scope: rule
different(entry, other) if entry.path != other.path

# METADATA
# title: Entries of two documents
# scope: rule
different(entry, other) if entry.document.number != other.document.number

# METADATA
# title: What people call the place of an entry
# scope: document
place_of(entry) := trim_space(sprintf("%s %s", [entry.document.file, name_of(entry.path)]))

# METADATA
# title: A selector that says one thing
# scope: document
selector_sound(selector) if {
	matches(`^[a-z0-9_]+$`, below(selector, ["type"]))
	matches(`^[^*\s]+$`, below(selector, ["value"]))
}

# METADATA
# title: The values of k8s selectors of a form
# scope: document
selected(entry, form) := {value |
	some selector in list(below(entry.value, ["selectors"]))
	below(selector, ["type"]) == "k8s"
	value := below(selector, ["value"])
	matches(form, value)
}

# METADATA
# title: The parent is an id of the same trust domain, and another one
# scope: document
parent_good(entry) if {
	parent := below(entry.value, ["parent_id"])
	trust_domain(below(parent, ["trust_domain"]))
	parent.trust_domain == below(entry.value, ["spiffe_id", "trust_domain"])
	matches(`^/.`, below(parent, ["path"]))
	parent.path != below(entry.value, ["spiffe_id", "path"])
}

# METADATA
# title: A whole number within limits
# scope: document
whole_number_within(value, least, most) if {
	is_number(value)
	value == floor(value)
	value >= least
	value <= most
}
