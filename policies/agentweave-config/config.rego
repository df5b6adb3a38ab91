# METADATA
# title: Configuration of an agent
# description: |
#   Checks the configuration file of an AgentWeave agent before it is deployed. What is missing, of the wrong type or
#   spelled in another way is a finding like a wrong value: a check passes when the value is known to be good, and never
#   because there is nothing to look at. The input is one document, or an array of {path, contents} for several files.
# custom:
#   input: [environment, agent, identity, authorization, transport, observability]
#   portcullis:
#     validate:
#       input: combined
#       documents:
#         - title: the configuration of an agent
#           schema: config.jsonschema
#           detect:
#             type: object
#             not: {required: [kind]}
#             anyOf:
#               - required: [identity, authorization]
#               - required: [identity, transport]
#               - required: [authorization, transport]
#               - {required: [agent], anyOf: [{required: [identity]}, {required: [authorization]}, {required: [transport]}]}
package agentweave.config

# METADATA
# title: What must not be deployed
# description: |
#   A set of objects: msg (for people), rule (the id), path (from the root of the document to the value), file and
#   document (which file, and which entry of a combined input), why it matters and help (what to write instead).
# scope: document
# entrypoint: true

# METADATA
# title: The document is a configuration
# scope: rule
# custom:
#   id: document-not-object
#   severity: critical
deny contains finding(document, "document-not-object", [], "is no configuration: a mapping with sections is needed") if {
	some document in documents
	not is_object(document.contents)
}

# METADATA
# title: The environment is stated
# description: Every limit depends on it. Where it is unknown, the limits of production hold.
# scope: rule
# custom:
#   id: environment
#   severity: high
deny contains finding(document, "environment", ["environment"], "is not one of production, staging, development") if {
	some document in configurations
	not environment_known(document)
}

# METADATA
# title: The environment is that of the file's name
# description: A production.yaml that says development would be judged by the limits of development.
# scope: rule
# custom:
#   id: environment-file
#   severity: high
deny contains finding(document, "environment-file", ["environment"], text) if {
	some document in configurations
	some named in environments_of_file(document.file)
	at(document, ["environment"]) != named
	text := sprintf("is not %s, which the name of the file says", [named])
}

# METADATA
# title: Identities are real
# description: |
#   Production and staging take their identity from SPIRE. A mock, or certificates that never rotate, are for development.
# scope: rule
# custom:
#   id: identity-provider
#   severity: critical
deny contains finding(document, "identity-provider", ["identity", "provider"], text) if {
	some document in configurations
	not at(document, ["identity", "provider"]) in providers[environment(document)]
	text := sprintf("is none of %s, which %s may have", [
		concat(", ", sort(providers[environment(document)])),
		environment(document),
	])
}

# METADATA
# title: The SPIFFE ID names a role and an environment
# description: Exactly spiffe://<trust domain>/agent/<role>/<environment>, as the policy agentweave.authz reads it.
# scope: rule
# custom:
#   id: spiffe-id
#   severity: high
deny contains finding(document, "spiffe-id", ["identity", "spiffe_id"], text) if {
	some document in configurations
	not agent_id(at(document, ["identity", "spiffe_id"]))
	text := "is not spiffe://<trust domain>/agent/<role>/<environment> with production, staging or dev at its end"
}

# METADATA
# title: The SPIFFE ID is of this environment
# scope: rule
# custom:
#   id: spiffe-id-environment
#   severity: critical
deny contains finding(document, "spiffe-id-environment", ["identity", "spiffe_id"], text) if {
	some document in configurations
	id := at(document, ["identity", "spiffe_id"])
	agent_id(id)
	not split(id, "/")[5] == environment_in_ids[environment(document)]
	text := sprintf("does not end with /%s, as that of an agent in %s does", [
		environment_in_ids[environment(document)],
		environment(document),
	])
}

# METADATA
# title: Trust domains are a list
# description: An empty list trusts nobody or everybody, depending on who reads it.
# scope: rule
# custom:
#   id: trust-domains
#   severity: critical
deny contains finding(document, "trust-domains", trust_domains_path, "is not a list with at least one trust domain") if {
	some document in configurations
	not list_given(at(document, trust_domains_path))
}

# METADATA
# title: Each trust domain is one whole name
# description: No wildcard, pattern, URL or other type.
# scope: rule
# custom:
#   id: trust-domains
#   severity: critical
deny contains finding(document, "trust-domains", array.concat(trust_domains_path, [place]), text) if {
	some document in configurations
	some place, domain in list(at(document, trust_domains_path))
	not trust_domain(domain)
	text := "is not the name of one trust domain, in lower case and without wildcards"
}

# METADATA
# title: No trust domain is listed twice
# scope: rule
# custom:
#   id: trust-domains
#   severity: critical
deny contains finding(document, "trust-domains", array.concat(trust_domains_path, [place]), "is listed twice") if {
	some document in configurations
	some place in repeated(list(at(document, trust_domains_path)))
}

# METADATA
# title: The agent's own trust domain is listed, and the same everywhere
# scope: rule
# custom:
#   id: trust-domain-own
#   severity: medium
deny contains finding(document, "trust-domain-own", trust_domains_path, "lacks the trust domain of identity.spiffe_id") if {
	some document in configurations
	agent_id(at(document, ["identity", "spiffe_id"]))
	not split(at(document, ["identity", "spiffe_id"]), "/")[2] in list(at(document, trust_domains_path))
}

# METADATA
# title: The trust domain of agent, when it is there, is that of the SPIFFE ID
# scope: rule
# custom:
#   id: trust-domain-own
#   severity: medium
deny contains finding(document, "trust-domain-own", ["agent", "trust_domain"], "is not that of identity.spiffe_id") if {
	some document in configurations
	agent_id(at(document, ["identity", "spiffe_id"]))
	given(document, ["agent", "trust_domain"])
	at(document, ["agent", "trust_domain"]) != split(at(document, ["identity", "spiffe_id"]), "/")[2]
}

# METADATA
# title: SVIDs live no longer than their environment allows
# description: 3600 seconds in production, 14400 in staging, 28800 in development.
# scope: rule
# custom:
#   id: svid-ttl
#   severity: high
deny contains finding(document, "svid-ttl", ["identity", "svid_ttl_seconds"], text) if {
	some document in configurations
	not whole_number_within(at(document, ["identity", "svid_ttl_seconds"]), 1, longest_ttl[environment(document)])
	text := sprintf("is not a whole number of seconds from 1 to %d, the most for %s", [
		longest_ttl[environment(document)],
		environment(document),
	])
}

# METADATA
# title: Pins of trust bundles are SHA-256 digests
# description: A pin that no bundle can have is either ignored, or stops every handshake.
# scope: rule
# custom:
#   id: trust-bundle-pin
#   severity: high
deny contains finding(document, "trust-bundle-pin", array.concat(path, inner), text) if {
	some document in configurations
	some path, value in keyed(document)
	regex.match(`(bundle|trust)[a-z]*(pin|pins|hash|hashes|fingerprint|fingerprints)$`, plain(last(path)))
	[inner, pin] := walk(value)
	not holds_more(pin)
	not pinned(pin)
	text := "is not sha256: and 64 hexadecimal digits in lower case"
}

# METADATA
# title: What no rule allows is denied
# scope: rule
# custom:
#   id: default-action
#   severity: critical
deny contains finding(document, "default-action", ["authorization", "default_action"], "is not deny") if {
	some document in configurations
	not at(document, ["authorization", "default_action"]) == "deny"
}

# METADATA
# title: Policies decide
# description: The provider, when it is named, is OPA. allow-all allows all.
# scope: rule
# custom:
#   id: authorization-provider
#   severity: critical
deny contains finding(document, "authorization-provider", ["authorization", "provider"], "is not opa") if {
	some document in configurations
	given(document, ["authorization", "provider"])
	not at(document, ["authorization", "provider"]) == "opa"
}

# METADATA
# title: The way to OPA can't be listened to or redirected
# description: https, or http to this very machine. opa_endpoint is the other name of the same setting.
# scope: rule
# custom:
#   id: opa-url
#   severity: high
deny contains finding(document, "opa-url", path, "is neither an https URL nor one of this machine (localhost, 127.0.0.1, [::1])") if {
	some document in configurations
	some path in opa_urls(document)
	not url_protected(at(document, path))
}

# METADATA
# title: TLS 1.3, or 1.2 with a reason
# description: The version is a string; the number 1.3 is another value, and 1.30 the same number.
# scope: rule
# custom:
#   id: tls-min-version
#   severity: high
deny contains finding(document, "tls-min-version", ["transport", "tls_min_version"], text) if {
	some document in configurations
	not tls_version_good(document)
	text := "is not \"1.3\", nor \"1.2\" with a reason of at least 10 characters in transport.tls_legacy_reason"
}

# METADATA
# title: Cipher suites are listed where the version does not settle them
# scope: rule
# custom:
#   id: cipher-suites
#   severity: high
deny contains finding(document, "cipher-suites", ["transport", "cipher_suites"], "is not a list with at least one cipher suite") if {
	some document in configurations
	cipher_suites_needed(document)
	not list_given(at(document, ["transport", "cipher_suites"]))
}

# METADATA
# title: Each cipher suite is a strong one
# scope: rule
# custom:
#   id: cipher-suites
#   severity: high
deny contains finding(document, "cipher-suites", ["transport", "cipher_suites", place], text) if {
	some document in configurations
	some place, suite in list(at(document, ["transport", "cipher_suites"]))
	not suite in cipher_suites_allowed(document)
	text := "is none of the cipher suites for this TLS version"
}

# METADATA
# title: No cipher suite is listed twice
# scope: rule
# custom:
#   id: cipher-suites
#   severity: high
deny contains finding(document, "cipher-suites", ["transport", "cipher_suites", place], "is listed twice") if {
	some document in configurations
	some place in repeated(list(at(document, ["transport", "cipher_suites"])))
}

# METADATA
# title: Peers are verified
# scope: rule
# custom:
#   id: verify-peer
#   severity: critical
deny contains finding(document, "verify-peer", ["transport", "verify_peer"], "is not true") if {
	some document in configurations
	not at(document, ["transport", "verify_peer"]) == true
}

# METADATA
# title: Clients show a certificate
# scope: rule
# custom:
#   id: require-client-cert
#   severity: critical
deny contains finding(document, "require-client-cert", ["transport", "require_client_cert"], "is not true") if {
	some document in configurations
	not at(document, ["transport", "require_client_cert"]) == true
}

# METADATA
# title: Nothing switches security off
# description: |
#   Keys that would, wherever they are and whatever their value: as keys, as names in lists of {name, value}, and as
#   strings in lists such as "--skip-authz".
# scope: rule
# custom:
#   id: security-switch
#   severity: critical
deny contains finding(document, "security-switch", path, "is a switch for security, which has none") if {
	some document in configurations
	some path in switches(document)
}

# METADATA
# title: Keys are spelled as they are read, and stand where they are read
# description: |
#   A key that differs from a known one in case or punctuation, or is not plain ASCII, or a known one in another place,
#   is read by some and ignored by others.
# scope: rule
# custom:
#   id: key-spelling
#   severity: high
deny contains finding(document, "key-spelling", path, text) if {
	some document in configurations
	some path in object.keys(keyed(document))
	some text in misspelled(path)
}

# METADATA
# title: Secrets are referred to
# description: By a key that ends with _env, _file, _path or _ref, by an object with env or file, or by a string ${NAME}.
# scope: rule
# custom:
#   id: secret-literal
#   severity: critical
deny contains finding(document, "secret-literal", path, "names a secret and holds a value in place of a reference") if {
	some document in configurations
	keys := secret_keys(document)
	some path, value in scalars(document)
	names_secret(path, keys)
	not secret_referred(path, value)
}

# METADATA
# title: No value is a secret
# description: Whatever its key is called. Forms that tokens and keys have, passwords in URLs, and strings that look random.
# scope: rule
# custom:
#   id: secret-value
#   severity: critical
deny contains finding(document, "secret-value", path, "looks like a key, a token or a password") if {
	some document in configurations
	some path, value in scalars(document)
	secret_value(value)
}

# METADATA
# title: The audit log is on
# scope: rule
# custom:
#   id: audit-enabled
#   severity: high
deny contains finding(document, "audit-enabled", array.concat(audit_path, ["enabled"]), "is not true") if {
	some document in configurations
	not audit(document, "enabled") == true
}

# METADATA
# title: The audit log goes somewhere
# description: A destination that is known, with the address that it needs.
# scope: rule
# custom:
#   id: audit-destination
#   severity: high
deny contains finding(document, "audit-destination", array.concat(audit_path, ["destination"]), text) if {
	some document in configurations
	not audit(document, "destination") in object.keys(destinations)
	text := sprintf("is none of %s", [concat(", ", sort(object.keys(destinations)))])
}

# METADATA
# title: The destination has its address
# scope: rule
# custom:
#   id: audit-destination
#   severity: high
deny contains finding(document, "audit-destination", array.concat(audit_path, [key]), text) if {
	some document in configurations
	some key in destinations[audit(document, "destination")]
	not text_given(audit(document, key))
	text := sprintf("is missing or no text, and the destination %s needs it", [audit(document, "destination")])
}

# METADATA
# title: The audit log holds no payloads
# scope: rule
# custom:
#   id: audit-payloads
#   severity: high
deny contains finding(document, "audit-payloads", array.concat(audit_path, ["include_payloads"]), "is not false") if {
	some document in configurations
	not audit(document, "include_payloads") == false
}

# METADATA
# title: No other key logs payloads
# scope: rule
# custom:
#   id: audit-payloads
#   severity: high
deny contains finding(document, "audit-payloads", path, "is not false") if {
	some document in configurations
	some path, value in keyed(document)
	path != array.concat(audit_path, ["include_payloads"])
	plain(last(path)) in {"includepayload", "includepayloads", "includerequestbody", "includeresponsebody", "includebody"}
	value != false
}

# METADATA
# title: The audit log has the seven fields
# scope: rule
# custom:
#   id: audit-fields
#   severity: high
deny contains finding(document, "audit-fields", array.concat(audit_path, ["fields"]), text) if {
	some document in configurations
	missing := audit_fields - {field | some field in list(audit(document, "fields"))}
	count(missing) > 0
	text := sprintf("lacks %s", [concat(", ", sort(missing))])
}

# METADATA
# title: Fields are names
# scope: rule
# custom:
#   id: audit-fields
#   severity: high
deny contains finding(document, "audit-fields", array.concat(audit_path, ["fields", place]), "is no name of a field") if {
	some document in configurations
	some place, field in list(audit(document, "fields"))
	not text_given(field)
}

# METADATA
# title: No field is listed twice
# scope: rule
# custom:
#   id: audit-fields
#   severity: high
deny contains finding(document, "audit-fields", array.concat(audit_path, ["fields", place]), "is listed twice") if {
	some document in configurations
	some place in repeated(list(audit(document, "fields")))
}

# METADATA
# title: What should be another way
# description: Objects as in deny.
# scope: document
# entrypoint: true

# METADATA
# title: Cipher suites are listed with TLS 1.3 too
# scope: rule
# custom:
#   id: cipher-suites-listed
#   severity: low
warn contains finding(document, "cipher-suites-listed", ["transport", "cipher_suites"], "is not given, so the library chooses") if {
	some document in configurations
	not cipher_suites_needed(document)
}

# METADATA
# title: The audit log of production leaves the machine
# scope: rule
# custom:
#   id: audit-destination-local
#   severity: medium
warn contains finding(document, "audit-destination-local", array.concat(audit_path, ["destination"]), text) if {
	some document in configurations
	environment(document) == "production"
	audit(document, "destination") in {"file", "stdout"}
	text := "is on the machine of the agent, where whoever takes the machine can change it"
}

# METADATA
# title: Whether the input may be deployed
# scope: document
# entrypoint: true
default compliant := false

# METADATA
# title: Nothing is denied
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
