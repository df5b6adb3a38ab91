# What would undo a good setting from another place.
# Other keys, and other places in the document, for what the rules of config.rego want to be good where it is read.

package agentweave.config

# METADATA
# title: No other key brings a mock
# description: Outside of development, neither a key that is called after one nor a value that is one.
# scope: rule
# custom:
#   id: identity-provider
#   severity: critical
deny contains finding(document, "identity-provider", path, "brings a mock") if {
	some document in configurations
	environment(document) != "development"
	some path, value in keyed(document)
	path != ["identity", "provider"]
	mocks(plain(last(path)), value)
}

# METADATA
# title: Nobody is trusted by a wildcard
# description: Neither below identity nor below authorization, whatever the list is called.
# scope: rule
# custom:
#   id: trust-domains
#   severity: critical
deny contains finding(document, "trust-domains", path, "is a wildcard") if {
	some document in configurations
	some path, value in scalars(document)
	path[0] in {"identity", "authorization"}
	array.slice(path, 0, 2) != trust_domains_path
	is_string(value)
	regex.match(`^[\s*.]*\*[\s*.]*$`, value)
}

# METADATA
# title: No other address of authorization is in the clear
# scope: rule
# custom:
#   id: opa-url
#   severity: high
deny contains finding(document, "opa-url", path, "is a URL without TLS to another machine") if {
	some document in configurations
	some path, value in scalars(document)
	path[0] == "authorization"
	not path in opa_urls(document)
	is_string(value)
	regex.match(`(?i)^\s*http:`, value)
	not url_protected(value)
}

# METADATA
# title: No other key lets old versions of TLS in
# scope: rule
# custom:
#   id: tls-min-version
#   severity: high
deny contains finding(document, "tls-min-version", array.concat(path, inner), "is another version of TLS than 1.3") if {
	some document in configurations
	some path, value in keyed(document)
	regex.match(`(tls|ssl).*version`, plain(last(path)))
	path != ["transport", "tls_min_version"]
	[inner, version] := walk(value)
	not holds_more(version)
	version != "1.3"
}

# METADATA
# title: No other key chooses cipher suites
# scope: rule
# custom:
#   id: cipher-suites
#   severity: high
deny contains finding(document, "cipher-suites", path, "chooses cipher suites in another place than transport.cipher_suites") if {
	some document in configurations
	some path in object.keys(keyed(document))
	contains(plain(last(path)), "cipher")
	path != ["transport", "cipher_suites"]
}

# METADATA
# title: No guard is off
# description: Keys that are called after verification, authentication, authorization or encryption, with a value that says no.
# scope: rule
# custom:
#   id: security-switch
#   severity: critical
deny contains finding(document, "security-switch", path, "is a switch for security, which has none") if {
	some document in configurations
	some path, value in keyed(document)
	regex.match(`verif|validat|authn|authz|authenticat|authoriz|encrypt|mtls|secure`, plain(last(path)))
	not path in {["transport", "verify_peer"], ["authorization"]}
	lower(sprintf("%v", [value])) in {"false", "no", "off", "none", "never", "disabled", "0"}
}

# METADATA
# title: No command line turns security off
# description: Words such as --skip-authz and SKIP_AUTHZ=1 in texts of several words.
# scope: rule
# custom:
#   id: security-switch
#   severity: critical
deny contains finding(document, "security-switch", path, "is a switch for security, which has none") if {
	some document in configurations
	some path, value in scalars(document)
	is_string(value)
	some word in regex.split(`\s+`, value)
	regex.match(`^-{1,2}[A-Za-z]|^[A-Za-z0-9_]+=`, word)
	worded_switch(word)
}

# METADATA
# title: The audit log is whole
# description: A level over info, a sample, or events that are left out.
# scope: rule
# custom:
#   id: audit-thinned
#   severity: medium
warn contains finding(document, "audit-thinned", array.concat(audit_path, [key]), "leaves entries of the audit log out") if {
	some document in configurations
	some key, whole_values in {
		"level": {"debug", "info"},
		"sampling": {{}, {"enabled": false}},
		"exclude_events": {[]},
	}
	given(document, array.concat(audit_path, [key]))
	not audit(document, key) in whole_values
}

# METADATA
# title: The key is called after a mock, and is not off
# scope: rule
mocks(name, value) if {
	regex.match(`mock|fake|stub`, name)
	not value in {false, null}
}

# METADATA
# title: The value is a mock
# scope: rule
mocks(_, value) if {
	is_string(value)
	lower(trim_space(value)) == "mock"
}
