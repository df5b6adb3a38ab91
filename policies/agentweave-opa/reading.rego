# How configurations of OPA, and manifests that run it, are read.

package agentweave.opa

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
# title: What people call the place
# scope: rule
name_of(path) := "the document" if count(path) == 0

# METADATA
# title: Keys and numbers with dots between
# scope: rule
name_of(path) := concat(".", [sprintf("%v", [part]) | some part in path]) if count(path) > 0

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
# title: A string with something in it
# scope: document
text_given(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# title: The last part of a path
# scope: document
last(path) := path[count(path) - 1]

# METADATA
# title: What is said of a place in a configuration
# scope: document
of(config, rule, path, text) := finding(config.document, rule, array.concat(config.base, path), text)

# METADATA
# title: The sections and settings that are read
# scope: document
known_keys := {
	"services",
	"bundles",
	"bundle",
	"keys",
	"decision_logs",
	"discovery",
	"name",
	"url",
	"allow_insecure_tls",
	"credentials",
	"service",
	"resource",
	"signing",
	"keyid",
	"exclude_files",
	"polling",
	"min_delay_seconds",
	"max_delay_seconds",
	"trigger",
	"console",
	"plugin",
	"drop_decision",
	"algorithm",
	"private_key",
}

# METADATA
# title: Configurations that are documents
# description: What is no manifest and runs no OPA is taken for one.
# scope: rule
configs contains {"document": document, "base": [], "value": document.contents} if {
	some document in documents
	is_object(document.contents)
	not is_manifest(document.contents)
	not runs_opa(document)
}

# METADATA
# title: Configurations in config maps
# scope: rule
configs contains {"document": document, "base": array.concat(path, ["data", key]), "value": value} if {
	some document in documents
	[path, map] := walk(document.contents)
	below(map, ["kind"]) == "ConfigMap"
	some key, text in collection(below(map, ["data"]))
	value := parsed(text)
	some section in object.keys(value)
	lower(section) in {"services", "bundles", "bundle", "decision_logs", "discovery"}
}

# METADATA
# title: YAML or JSON in a text
# scope: document
parsed(text) := value if {
	is_string(text)
	yaml.is_valid(text)
	value := yaml.unmarshal(text)
	is_object(value)
}

# METADATA
# title: A manifest of Kubernetes
# scope: document
is_manifest(contents) if {
	text_given(below(contents, ["apiVersion"]))
	text_given(below(contents, ["kind"]))
}

# METADATA
# title: Whatever runs OPA
# description: Objects whose image is called opa, or whose command line is that of opa run --server.
# scope: document
runs contains {"document": document, "path": path, "words": words(value)} if {
	some document in documents
	[path, value] := walk(document.contents)
	is_object(value)
	is_opa(value)
}

# METADATA
# title: The document runs OPA
# scope: document
runs_opa(document) if {
	some run in runs
	run.document == document
}

# METADATA
# title: The image is one of OPA
# scope: rule
is_opa(value) if matches(`(^|/)opa(-(envoy|istio)([_-]plugin)?)?([:@].*)?$`, below(value, ["image"]))

# METADATA
# title: The command line is one of OPA
# scope: rule
is_opa(value) if {
	"run" in words(value)
	some word in words(value)
	matches(`^(--server(=true)?|-[a-z]*s[a-z]*)$`, word)
}

# METADATA
# title: The words of command and arguments
# scope: document
words(value) := array.concat(words_in(below(value, ["command"])), words_in(below(value, ["args"])))

# METADATA
# title: Words of a list
# scope: rule
words_in(value) := [word | some word in value; is_string(word)] if is_array(value)

# METADATA
# title: Words of a line
# scope: rule
words_in(value) := regex.split(`\s+`, value) if is_string(value)

# METADATA
# title: Nothing else has words
# scope: rule
words_in(value) := [] if {
	not is_array(value)
	not is_string(value)
}

# METADATA
# title: The values that a flag is given, as --name=value or in two words
# scope: document
flag(run, name) := {value |
	some word in run.words
	startswith(word, sprintf("--%s=", [name]))
	value := substring(word, count(name) + 3, -1)
} | {value |
	some place, word in run.words
	word == sprintf("--%s", [name])
	value := array.concat(run.words, [""])[place + 1]
}

# METADATA
# title: The values of the address, by either name
# scope: document
addresses(run) := flag(run, "addr") | {value |
	some place, word in run.words
	word == "-a"
	value := array.concat(run.words, [""])[place + 1]
}

# METADATA
# title: Every address is of this machine
# scope: rule
address_good(run) if {
	count(addresses(run)) > 0
	every address in addresses(run) {
		matches(`^(https?://)?(localhost|127\.0\.0\.1|\[::1\]):[0-9]{1,5}$|^unix://\S+$`, address)
	}
}

# METADATA
# title: OPA has a certificate
# scope: rule
address_good(run) if {
	every name in ["tls-cert-file", "tls-private-key-file"] {
		some value in flag(run, name)
		text_given(value)
	}
}

# METADATA
# title: The object, or an empty one in place of anything else
# scope: rule
collection(value) := value if is_object(value)

# METADATA
# title: What is no object has no entries
# scope: rule
collection(value) := {} if not is_object(value)

# METADATA
# title: Services of a mapping by their paths
# scope: rule
services(config) := {["services", name]: service |
	some name, service in below(config.value, ["services"])
} if {
	not is_string(below(config.value, ["services"]))
}

# METADATA
# title: A text has none
# scope: rule
services(config) := {} if is_string(below(config.value, ["services"]))

# METADATA
# title: The key of a mapping is its name
# scope: rule
service_named(_, path, service) if {
	text_given(last(path))
	is_object(service)
}

# METADATA
# title: In a list no other has its name
# scope: rule
service_named(config, _, service) if {
	is_array(below(config.value, ["services"]))
	text_given(below(service, ["name"]))
	count([other | some other in config.value.services; below(other, ["name"]) == service.name]) == 1
}

# METADATA
# title: The names of the services
# scope: document
service_names(config) := {name | some name in object.keys(collection(below(config.value, ["services"])))} | {name |
	some service in list(below(config.value, ["services"]))
	name := below(service, ["name"])
}

# METADATA
# title: A URL with TLS to a host, without user or password
# scope: document
url_protected(url) if {
	matches(`^https://(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[^\s@?#]*)?$`, url)
}

# METADATA
# title: Keys that hold a secret
# scope: document
secret_keys := `(?i)(^|_)(token|password|passphrase|secret|client_secret|private_key|secret_key|secret_access_key|access_key|credential)$`

# METADATA
# title: Keys of bundles are looked at by another rule
# scope: document
in_keys(path) if path[0] == "keys"

# METADATA
# title: A variable of the environment, which OPA puts in
# scope: rule
referred(_, value) if {
	matches(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`, value)
}

# METADATA
# title: The path of a file
# scope: rule
referred(key, value) if {
	matches(`(?i)private_key$`, key)
	matches(`^/[^\s]+$`, value)
}

# METADATA
# title: What has secrets below it, such as the scheme of that name
# scope: rule
referred(_, value) if is_object(value)

# METADATA
# title: Bundles by their paths
# description: The one of discovery too, which brings the configuration itself.
# scope: document
bundles(config) := object.union(
	{["bundles", name]: bundle | some name, bundle in collection(below(config.value, ["bundles"]))},
	{["discovery"]: below(config.value, ["discovery"]) | has(config.value, ["discovery"])},
)

# METADATA
# title: The bundle comes from a service
# scope: rule
bundle_served(config, bundle) if {
	text_given(below(bundle, ["service"]))
	bundle.service in service_names(config)
}

# METADATA
# title: The bundle is a file
# scope: rule
bundle_served(_, bundle) if matches(`^file:///`, below(bundle, ["resource"]))

# METADATA
# title: A key that only verifies
# scope: document
key_good(key) if {
	text_given(below(key, ["key"]))
	matches(`^(RS|PS|ES)(256|384|512)$|^EdDSA$`, object.get(key, "algorithm", "RS256"))
	not has(key, ["private_key"])
}

# METADATA
# title: A delay within the limits, and in order
# scope: document
delay_good(bundle, key) if {
	delay := below(bundle, ["polling", key])
	is_number(delay)
	delay >= 30
	delay <= 60
	in_order(bundle)
}

# METADATA
# title: The shortest delay is not longer than the longest
# scope: document
in_order(bundle) if below(bundle, ["polling", "min_delay_seconds"]) <= below(bundle, ["polling", "max_delay_seconds"])

# METADATA
# title: To a service
# scope: rule
decisions_logged(config) if {
	text_given(below(config.value, ["decision_logs", "service"]))
	config.value.decision_logs.service in service_names(config)
}

# METADATA
# title: To the console
# scope: rule
decisions_logged(config) if below(config.value, ["decision_logs", "console"]) == true

# METADATA
# title: To a plugin
# scope: rule
decisions_logged(config) if text_given(below(config.value, ["decision_logs", "plugin"]))
