# How a configuration is read.
# Documents, places in them, and the questions that the rules ask. A question about a value is answered for every value,
# the missing one (null) included, so that a rule can say "not good" of it.

package agentweave.config

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
# title: The documents that can be judged further
# scope: document
configurations contains document if {
	some document in documents
	is_object(document.contents)
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
# title: What people call the place
# scope: rule
name_of(path) := "the document" if count(path) == 0

# METADATA
# title: Keys and numbers with dots between
# scope: rule
name_of(path) := concat(".", [sprintf("%v", [part]) | some part in path]) if count(path) > 0

# METADATA
# title: The value at a path, null when there is none
# scope: document
at(document, path) := object.get(document.contents, path, null)

# METADATA
# title: A setting of the audit log
# scope: document
audit(document, key) := at(document, array.concat(audit_path, [key]))

# METADATA
# title: The key is there, whatever its value
# scope: document
given(document, path) if object.get(document.contents, path, {"absent"}) != {"absent"}

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
# title: A string with something in it
# scope: document
text_given(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# title: Places of entries that were in the array before
# scope: document
repeated(entries) := {place |
	some place, entry in entries
	some earlier in numbers.range(0, place)
	earlier < place
	entries[earlier] == entry
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

# METADATA
# title: The last part of a path
# scope: document
last(path) := path[count(path) - 1]

# METADATA
# title: A name without case, punctuation and the prefix of environment variables
# scope: document
plain(name) := trim_prefix(regex.replace(lower(name), `[^a-z0-9]`, ""), "agentweave")

# METADATA
# title: Every value below a key, by its path
# scope: document
keyed(document) := {path: value |
	[path, value] := walk(document.contents)
	is_string(last(path))
}

# METADATA
# title: Every value that holds no others, by its path
# scope: document
scalars(document) := {path: value |
	[path, value] := walk(document.contents)
	not is_object(value)
	not is_array(value)
}

# METADATA
# title: A collection with something in it
# scope: document
holds_more(value) if {
	some _ in value
}

# The environment.

# METADATA
# title: The environment is one of the three
# scope: document
environment_known(document) if at(document, ["environment"]) in object.keys(longest_ttl)

# METADATA
# title: The environment that is stated
# scope: rule
environment(document) := at(document, ["environment"]) if environment_known(document)

# METADATA
# title: Production, unless another is stated
# scope: rule
environment(document) := "production" if not environment_known(document)

# METADATA
# title: The environments that the name of a file speaks of
# scope: document
environments_of_file(file) := {environment_words[word] |
	parts := regex.split(`[/\\]`, file)
	some word in regex.split(`[._-]`, lower(last(parts)))
}

# Identity.

# METADATA
# title: A string of the form spiffe://<trust domain>/agent/<role>/<environment>
# description: With the characters and limits of the SPIFFE-ID standard.
# scope: document
agent_id(id) if {
	is_string(id)
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9._-]{1,255}/agent/(?:\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*/(?:production|staging|dev)$`, id)
}

# METADATA
# title: The name of one trust domain
# scope: document
trust_domain(name) if {
	is_string(name)
	regex.match(`^[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?$`, name)
}

# METADATA
# title: The digest of a bundle
# scope: document
pinned(value) if {
	is_string(value)
	regex.match(`^sha256:[0-9a-f]{64}$`, value)
}

# Transport.

# METADATA
# title: TLS 1.3
# scope: rule
tls_version_good(document) if at(document, ["transport", "tls_min_version"]) == "1.3"

# METADATA
# title: TLS 1.2, and somebody said why
# scope: rule
tls_version_good(document) if {
	at(document, ["transport", "tls_min_version"]) == "1.2"
	reason := at(document, ["transport", "tls_legacy_reason"])
	is_string(reason)
	count(trim_space(reason)) >= 10
}

# METADATA
# title: The version leaves room for weak suites
# scope: rule
cipher_suites_needed(document) if at(document, ["transport", "tls_min_version"]) != "1.3"

# METADATA
# title: The key is there, so it has to be right
# scope: rule
cipher_suites_needed(document) if given(document, ["transport", "cipher_suites"])

# METADATA
# title: With TLS 1.2 the suites of both versions
# scope: rule
cipher_suites_allowed(document) := cipher_suites_12 | cipher_suites_13 if {
	at(document, ["transport", "tls_min_version"]) == "1.2"
}

# METADATA
# title: Otherwise those of TLS 1.3
# scope: rule
cipher_suites_allowed(document) := cipher_suites_13 if at(document, ["transport", "tls_min_version"]) != "1.2"

# METADATA
# title: The names under which OPA's address is given
# scope: document
opa_urls(document) := {path |
	some path in [["authorization", "opa_url"], ["authorization", "opa_endpoint"]]
	given(document, path)
} if {
	opa_named(document)
}

# METADATA
# title: Where it should be given
# scope: rule
opa_urls(document) := {["authorization", "opa_url"]} if not opa_named(document)

# METADATA
# title: OPA's address is given
# scope: rule
opa_named(document) if given(document, ["authorization", "opa_url"])

# METADATA
# title: OPA's address is given by its other name
# scope: rule
opa_named(document) if given(document, ["authorization", "opa_endpoint"])

# METADATA
# title: A URL with TLS to a host, without user or password
# scope: rule
url_protected(url) if {
	is_string(url)
	regex.match(`^https://(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[^\s@?#]*)?$`, url)
}

# METADATA
# title: A URL to this machine
# scope: rule
url_protected(url) if {
	is_string(url)
	regex.match(`^http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(?:/[^\s@?#]*)?$`, url)
}
