# METADATA
# title: Configuration of OPA
# description: |
#   Checks the configuration files of the OPAs that decide for agents, and the flags with which manifests run them: bundles are
#   signed and polled, services are reached over TLS, decisions are logged, and who asks is authenticated and authorized. The input is a
#   configuration, a manifest that runs OPA or holds its configuration, or an array of {path, contents} for several files.
# custom:
#   input: [services, bundles, keys, decision_logs, discovery]
#   portcullis:
#     validate:
#       input: combined
#       documents:
#         - title: a configuration of OPA
#           schema: opa.jsonschema
#           detect:
#             type: object
#             not: {required: [kind]}
#             anyOf:
#               - required: [decision_logs]
#               - {required: [services], anyOf: [{required: [bundles]}, {required: [bundle]}, {required: [discovery]}]}
#               - {required: [services], properties: {services: {$ref: "#/$defs/services"}}}
#               - required: [bundles]
#                 properties:
#                   bundles:
#                     type: object
#                     minProperties: 1
#                     additionalProperties: {type: object, anyOf: [{required: [resource]}, {required: [service]}]}
#             $defs:
#               services:
#                 anyOf:
#                   - {type: array, minItems: 1, items: {type: object, required: [url]}}
#                   - {type: object, minProperties: 1, additionalProperties: {type: object, required: [url]}}
#         - title: what runs OPA
#           detect:
#             $ref: "#/$defs/runs"
#             $defs:
#               runs:
#                 anyOf:
#                   - {type: object, required: [image], properties: {image: {$ref: "#/$defs/image"}}}
#                   - {type: object, required: [args], properties: {args: {$ref: "#/$defs/words"}}}
#                   - {type: object, required: [command], properties: {command: {$ref: "#/$defs/words"}}}
#                   - {type: object, not: {additionalProperties: {not: {$ref: "#/$defs/runs"}}}}
#                   - {type: array, contains: {$ref: "#/$defs/runs"}}
#               image: {type: string, pattern: "(^|/)opa(-(envoy|istio)([_-]plugin)?)?([:@].*)?$"}
#               words:
#                 anyOf:
#                   - {type: string, pattern: "(^|\\s)run\\s(.*\\s)?(--server(=true)?|-[a-z]*s[a-z]*)(\\s|$)"}
#                   - type: array
#                     allOf:
#                       - {contains: {const: run}}
#                       - {contains: {type: string, pattern: "^(--server(=true)?|-[a-z]*s[a-z]*)$"}}
#         - title: a config map with a configuration of OPA
#           detect:
#             type: object
#             required: [kind, data]
#             properties:
#               kind: {const: ConfigMap}
#               data:
#                 type: object
#                 not: {additionalProperties: {not: {type: string, pattern: "(?m)^(bundles|bundle|decision_logs|discovery):"}}}
package agentweave.opa

# METADATA
# title: What must not be run
# description: |
#   A set of objects: msg (for people), rule (the id), path (from the root of the document to the value), file and
#   document (which file, and which entry of a combined input), why it matters and help (what to write instead).
# scope: document
# entrypoint: true

# METADATA
# title: The document is a configuration or a manifest
# scope: rule
# custom:
#   id: opa-unreadable
#   severity: high
deny contains finding(document, "opa-unreadable", [], "is neither a configuration of OPA nor a manifest") if {
	some document in documents
	not is_object(document.contents)
}

# METADATA
# title: There is something to judge
# scope: rule
# custom:
#   id: opa-missing
#   severity: high
deny contains finding(document, "opa-missing", [], "and the others neither configure nor run OPA") if {
	some document in documents
	document.number == 0
	is_object(document.contents)
	count(configs) == 0
	count(runs) == 0
}

# METADATA
# title: Keys are spelled as they are documented
# description: In another case OPA ignores sections, and takes what is in them.
# scope: rule
# custom:
#   id: key-spelling
#   severity: high
deny contains of(config, "key-spelling", path, text) if {
	some config in configs
	[path, _] := walk(config.value)
	count(path) > 0
	not last(path) in known_keys
	some known in known_keys
	lower(sprintf("%v", [last(path)])) == known
	text := sprintf("is not spelled %s", [known])
}

# METADATA
# title: There are services
# scope: rule
# custom:
#   id: services
#   severity: high
deny contains of(config, "services", ["services"], "has no service") if {
	some config in configs
	count(services(config)) == 0
}

# METADATA
# title: Each service has a name of its own
# scope: rule
# custom:
#   id: services
#   severity: high
deny contains of(config, "services", path, "is not a service with a name of its own") if {
	some config in configs
	some path, service in services(config)
	not service_named(config, path, service)
}

# METADATA
# title: Services are reached over TLS
# scope: rule
# custom:
#   id: service-tls
#   severity: critical
deny contains of(config, "service-tls", array.concat(path, ["url"]), "is not an https URL without user and password") if {
	some config in configs
	some path, service in services(config)
	not url_protected(below(service, ["url"]))
}

# METADATA
# title: Certificates of services are checked
# scope: rule
# custom:
#   id: service-tls
#   severity: critical
deny contains of(config, "service-tls", array.concat(path, ["allow_insecure_tls"]), "is neither absent nor false") if {
	some config in configs
	some path, service in services(config)
	has(service, ["allow_insecure_tls"])
	not service.allow_insecure_tls == false
}

# METADATA
# title: Credentials come from outside
# scope: rule
# custom:
#   id: secret-literal
#   severity: critical
deny contains of(config, "secret-literal", path, "names a secret and is neither ${NAME} nor the path of a file") if {
	some config in configs
	[path, value] := walk(config.value)
	matches(secret_keys, last(path))
	not in_keys(path)
	not referred(last(path), value)
}

# METADATA
# title: Policies come as bundles
# scope: rule
# custom:
#   id: bundles
#   severity: critical
deny contains of(config, "bundles", ["bundles"], "has no bundle") if {
	some config in configs
	count(object.keys(collection(below(config.value, ["bundles"])))) == 0
}

# METADATA
# title: No bundle comes by the old section
# description: bundle has no place for a signature.
# scope: rule
# custom:
#   id: bundles
#   severity: critical
deny contains of(config, "bundles", ["bundle"], "is the section of old versions, which bundles replaced") if {
	some config in configs
	has(config.value, ["bundle"])
}

# METADATA
# title: Each bundle comes from a known service
# scope: rule
# custom:
#   id: bundle-service
#   severity: high
deny contains of(config, "bundle-service", array.concat(path, ["service"]), "is none of services") if {
	some config in configs
	some path, bundle in bundles(config)
	not bundle_served(config, bundle)
}

# METADATA
# title: Bundles are signed
# description: With keyid OPA refuses bundles that nobody signed; without it, it takes them, whatever keys there are.
# scope: rule
# custom:
#   id: bundle-signing
#   severity: critical
deny contains of(config, "bundle-signing", array.concat(path, ["signing", "keyid"]), "is not the id of a key") if {
	some config in configs
	some path, bundle in bundles(config)
	not text_given(below(bundle, ["signing", "keyid"]))
}

# METADATA
# title: All files of a bundle are signed
# scope: rule
# custom:
#   id: bundle-signing
#   severity: critical
deny contains of(config, "bundle-signing", array.concat(path, ["signing", "exclude_files"]), "leaves files out of the signature") if {
	some config in configs
	some path, bundle in bundles(config)
	has(bundle, ["signing", "exclude_files"])
	not below(bundle, ["signing", "exclude_files"]) in [[], null]
}

# METADATA
# title: Keys are public ones
# description: With HS algorithms whoever can verify can sign.
# scope: rule
# custom:
#   id: bundle-key
#   severity: high
deny contains of(config, "bundle-key", ["keys", id], "is not a key with the algorithm RS, PS or ES, or EdDSA, and without private_key") if {
	some config in configs
	some id, key in collection(below(config.value, ["keys"]))
	not key_good(key)
}

# METADATA
# title: Bundles are polled every 30 to 60 seconds
# description: Without the section OPA waits up to two minutes.
# scope: rule
# custom:
#   id: bundle-polling
#   severity: high
deny contains of(config, "bundle-polling", array.concat(path, ["polling", key]), "is not a number of seconds from 30 to 60, the smaller one first") if {
	some config in configs
	some path, bundle in bundles(config)
	some key in ["min_delay_seconds", "max_delay_seconds"]
	not delay_good(bundle, key)
}

# METADATA
# title: Bundles are polled without being told to
# scope: rule
# custom:
#   id: bundle-polling
#   severity: high
deny contains of(config, "bundle-polling", array.concat(path, ["trigger"]), "is neither absent nor periodic") if {
	some config in configs
	some path, bundle in bundles(config)
	has(bundle, ["trigger"])
	not bundle.trigger == "periodic"
}

# METADATA
# title: Decisions are logged
# description: To a known service, the console or a plugin.
# scope: rule
# custom:
#   id: decision-logs
#   severity: high
deny contains of(config, "decision-logs", ["decision_logs"], "logs to no known service, console or plugin") if {
	some config in configs
	not decisions_logged(config)
}

# METADATA
# title: No decision is dropped
# scope: rule
# custom:
#   id: decision-logs
#   severity: high
deny contains of(config, "decision-logs", ["decision_logs", key], "leaves decisions out") if {
	some config in configs
	some key in {"drop_decision"}
	has(config.value, ["decision_logs", key])
}

# METADATA
# title: Who asks OPA is authenticated
# scope: rule
# custom:
#   id: authentication
#   severity: critical
deny contains finding(run.document, "authentication", run.path, "runs OPA without --authentication=token or tls") if {
	some run in runs
	not flag(run, "authentication") in [{"token"}, {"tls"}]
}

# METADATA
# title: Who asks OPA is authorized
# description: By the policy system.authz.
# scope: rule
# custom:
#   id: authorization
#   severity: critical
deny contains finding(run.document, "authorization", run.path, "runs OPA without --authorization=basic") if {
	some run in runs
	not flag(run, "authorization") == {"basic"}
}

# METADATA
# title: OPA listens to this machine, or over TLS
# scope: rule
# custom:
#   id: listen-address
#   severity: critical
deny contains finding(run.document, "listen-address", run.path, "runs OPA with an --addr that is not of this machine, and without TLS") if {
	some run in runs
	not address_good(run)
}

# METADATA
# title: No flag undoes the configuration
# description: --skip-verify, and --set of what is checked in the file.
# scope: rule
# custom:
#   id: run-flags
#   severity: critical
deny contains finding(run.document, "run-flags", run.path, text) if {
	some run in runs
	some word in run.words
	regex.match(`^--skip-verify|^(--set=|--set-file=)?(bundles?|services|decision_logs|discovery|plugins)[.=]`, word)
	text := sprintf("runs OPA with %s", [split(word, "=")[0]])
}

# METADATA
# title: What should be another way
# description: Objects as in deny.
# scope: document
# entrypoint: true

# METADATA
# title: A configuration comes with what runs it
# scope: rule
# custom:
#   id: run-unseen
#   severity: medium
warn contains of(config, "run-unseen", [], "configures an OPA that nothing in the input runs, so its flags are unknown") if {
	some config in configs
	count(runs) == 0
}

# METADATA
# title: A manifest that runs OPA comes with its configuration
# scope: rule
# custom:
#   id: config-unseen
#   severity: medium
warn contains finding(run.document, "config-unseen", run.path, "runs an OPA whose configuration is not in the input") if {
	some run in runs
	count(configs) == 0
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
