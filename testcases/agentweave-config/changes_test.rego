# METADATA
# title: The checks of configurations, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a second.
package agentweave.config_cases_test

import data.agentweave.config
import data.agentweave.config_test.changed

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := config.summary with input as document
}

entry(path, sets) := {"path": path, "contents": changed(sets, [])}

test_the_name_of_the_file[name] if {
	some name, expected in {
		"production.yaml": [],
		"configs/config.production.yaml": [],
		"prod-eu.yml": [],
		"orchestrator.yaml": [],
		"development/orchestrator.yaml": [],
		"staging.yaml": ["environment-file staging.yaml#/environment"],
		"config.Development.yaml": ["environment-file config.Development.yaml#/environment"],
		"a\\dev.yaml": ["environment-file a\\dev.yaml#/environment"],
	}
	config.summary.deny == expected with input as [entry(name, {})]
}

# In tables of their own, so that none of them takes long.

test_identity[name] if {
	some name, case in cases_of_identity
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_trust_domains[name] if {
	some name, case in cases_of_trust_domains
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_lifetimes_and_pins[name] if {
	some name, case in cases_of_lifetimes_and_pins
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_authorization[name] if {
	some name, case in cases_of_authorization
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_transport[name] if {
	some name, case in cases_of_transport
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_switches[name] if {
	some name, case in cases_of_switches
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_spelling[name] if {
	some name, case in cases_of_spelling
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_secrets[name] if {
	some name, case in cases_of_secrets
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_values[name] if {
	some name, case in cases_of_values
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_audit[name] if {
	some name, case in cases_of_audit
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

# Whatever is missing, or of a type that nobody expects, is a finding of the rule that wants it.

needed := {
	"/environment": "environment",
	"/identity": "spiffe-id",
	"/identity/provider": "identity-provider",
	"/identity/spiffe_id": "spiffe-id",
	"/identity/allowed_trust_domains": "trust-domains",
	"/identity/svid_ttl_seconds": "svid-ttl",
	"/authorization": "default-action",
	"/authorization/default_action": "default-action",
	"/authorization/opa_url": "opa-url",
	"/transport": "verify-peer",
	"/transport/tls_min_version": "tls-min-version",
	"/transport/verify_peer": "verify-peer",
	"/transport/require_client_cert": "require-client-cert",
	"/observability": "audit-enabled",
	"/observability/audit_log": "audit-enabled",
	"/observability/audit_log/enabled": "audit-enabled",
	"/observability/audit_log/destination": "audit-destination",
	"/observability/audit_log/include_payloads": "audit-payloads",
	"/observability/audit_log/fields": "audit-fields",
}

of_no_use := {
	"null": null,
	"a number": 7000000,
	"a fraction": 0.5,
	"an empty text": "",
	"the text true": "true",
	"the text no": "no",
	"an empty list": [],
	"a list": [true, "deny", "1.3"],
	"an empty mapping": {},
	"a mapping": {"value": true},
}

test_missing[path] if {
	some path, rule in needed
	found := config.deny with input as changed({}, [path])
	rule in {finding.rule | some finding in found}
}

found_by(path, value) := {finding.rule | some finding in found} if {
	found := config.deny with input as changed({path: value}, [])
}

test_wrong_type_at_the_root[name] if {
	some path, rule in needed
	startswith(path, "/environment")
	some kind, value in of_no_use
	name := sprintf("%s is %s", [path, kind])
	rule in found_by(path, value)
}

test_wrong_type_of_identity[name] if {
	some path, rule in needed
	startswith(path, "/identity")
	some kind, value in of_no_use
	name := sprintf("%s is %s", [path, kind])
	rule in found_by(path, value)
}

test_wrong_type_of_authorization[name] if {
	some path, rule in needed
	startswith(path, "/authorization")
	some kind, value in of_no_use
	name := sprintf("%s is %s", [path, kind])
	rule in found_by(path, value)
}

test_wrong_type_of_transport[name] if {
	some path, rule in needed
	startswith(path, "/transport")
	some kind, value in of_no_use
	name := sprintf("%s is %s", [path, kind])
	rule in found_by(path, value)
}

test_wrong_type_of_observability[name] if {
	some path, rule in needed
	startswith(path, "/observability")
	some kind, value in of_no_use
	name := sprintf("%s is %s", [path, kind])
	rule in found_by(path, value)
}

# Every rule that some case brings to speak is explained, and every explanation is of such a rule.
test_the_guidance_is_complete if {
	spoken := {split(line, " ")[0] | some table in all_cases; some case in table; some line in array.concat(case.deny, case.warn)}
	spoken - object.keys(config.guidance) == set()
	object.keys(config.guidance) - spoken == {"document-not-object", "environment-file"}
}

cases_of_identity := {
	"production with the provider mock": {"sets": {"/identity/provider": "mock"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider mtls-static": {"sets": {"/identity/provider": "mtls-static"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider Spire": {"sets": {"/identity/provider": "Spire"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider  spire": {"sets": {"/identity/provider": " spire"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider none": {"sets": {"/identity/provider": "none"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider spiffe": {"sets": {"/identity/provider": "spiffe"}, "removed": [], "deny": [], "warn": []},
	"development may mock": {"sets": {"/environment": "development", "/identity/provider": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"a fallback to a mock": {"sets": {"/identity/fallback": {"provider": " Mock"}}, "removed": [], "deny": ["identity-provider #/identity/fallback/provider"], "warn": []},
	"a key for a mock": {"sets": {"/identity/use_mock": true}, "removed": [], "deny": ["identity-provider #/identity/use_mock"], "warn": []},
	"a key for a mock that is off": {"sets": {"/identity/use_mock": false}, "removed": [], "deny": [], "warn": []},
	"a fallback in development": {"sets": {"/environment": "development", "/identity/fallback": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"development with a provider that nobody knows": {"sets": {"/environment": "development", "/identity/provider": "none", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"development with certificates": {"sets": {"/environment": "development", "/identity/provider": "mtls-static", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"staging may not mock": {"sets": {"/environment": "staging", "/identity/provider": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"an id without an environment": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id without a role": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id of the domain alone": {"sets": {"/identity/spiffe_id": "spiffe://example.com"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with an unknown environment": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/prod"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with one segment more": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/production/x"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with a slash at its end": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/production/"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with a wildcard": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/*/production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with a line break at its end": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/production\n"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id in capitals": {"sets": {"/identity/spiffe_id": "SPIFFE://example.com/agent/orchestrator/production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with a climbing role": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/../production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with an empty role": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent//production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id with a port": {"sets": {"/identity/spiffe_id": "spiffe://example.com:8443/agent/orchestrator/production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"an id that is too long": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/production"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"the id of another environment": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": ["spiffe-id-environment #/identity/spiffe_id"], "warn": []},
	"the id of an unlisted trust domain": {"sets": {"/identity/spiffe_id": "spiffe://other.com/agent/orchestrator/production"}, "removed": [], "deny": ["trust-domain-own #/agent/trust_domain", "trust-domain-own #/identity/allowed_trust_domains"], "warn": []},
	"an agent of another trust domain": {"sets": {"/agent/trust_domain": "other.com"}, "removed": [], "deny": ["trust-domain-own #/agent/trust_domain"], "warn": []},
	"an agent that names no trust domain": {"sets": {}, "removed": ["/agent/trust_domain"], "deny": [], "warn": []},
	"an agent that is nothing": {"sets": {"/agent": null}, "removed": [], "deny": [], "warn": []},
}

cases_of_trust_domains := {
	"no trust domains": {"sets": {"/identity/allowed_trust_domains": []}, "removed": [], "deny": ["trust-domain-own #/identity/allowed_trust_domains", "trust-domains #/identity/allowed_trust_domains"], "warn": []},
	"trust domains as a mapping": {"sets": {"/identity/allowed_trust_domains": {"0": "example.com"}}, "removed": [], "deny": ["trust-domain-own #/identity/allowed_trust_domains", "trust-domains #/identity/allowed_trust_domains"], "warn": []},
	"trust domains as a text": {"sets": {"/identity/allowed_trust_domains": "example.com"}, "removed": [], "deny": ["trust-domain-own #/identity/allowed_trust_domains", "trust-domains #/identity/allowed_trust_domains"], "warn": []},
	"a trust domain with a star": {"sets": {"/identity/allowed_trust_domains": ["example.com", "*"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a star before a domain": {"sets": {"/identity/allowed_trust_domains": ["example.com", "*.example.com"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a question mark": {"sets": {"/identity/allowed_trust_domains": ["example.com", "exampl?.com"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a pattern": {"sets": {"/identity/allowed_trust_domains": ["example.com", "example.(com|org)"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with capitals": {"sets": {"/identity/allowed_trust_domains": ["example.com", "Example.org"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a URL": {"sets": {"/identity/allowed_trust_domains": ["example.com", "spiffe://example.org"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with nothing": {"sets": {"/identity/allowed_trust_domains": ["example.com", ""]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a space": {"sets": {"/identity/allowed_trust_domains": ["example.com", " "]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a list in it": {"sets": {"/identity/allowed_trust_domains": ["example.com", ["*"]]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a mapping": {"sets": {"/identity/allowed_trust_domains": ["example.com", {"domain": "*"}]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with null": {"sets": {"/identity/allowed_trust_domains": ["example.com", null]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with true": {"sets": {"/identity/allowed_trust_domains": ["example.com", true]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a number": {"sets": {"/identity/allowed_trust_domains": ["example.com", 1]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a comma": {"sets": {"/identity/allowed_trust_domains": ["example.com", "a.com,b.com"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain with a line break": {"sets": {"/identity/allowed_trust_domains": ["example.com", "a.com\n"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/1"], "warn": []},
	"a trust domain twice": {"sets": {"/identity/allowed_trust_domains": ["example.com", "a.com", "example.com"]}, "removed": [], "deny": ["trust-domains #/identity/allowed_trust_domains/2"], "warn": []},
	"callers \"*\"": {"sets": {"/authorization/allowed_callers": ["*"]}, "removed": [], "deny": ["trust-domains #/authorization/allowed_callers/0"], "warn": []},
	"callers \" * \"": {"sets": {"/authorization/allowed_callers": [" * "]}, "removed": [], "deny": ["trust-domains #/authorization/allowed_callers/0"], "warn": []},
	"callers \"**\"": {"sets": {"/authorization/allowed_callers": ["**"]}, "removed": [], "deny": ["trust-domains #/authorization/allowed_callers/0"], "warn": []},
	"callers \"*.*\"": {"sets": {"/authorization/allowed_callers": ["*.*"]}, "removed": [], "deny": ["trust-domains #/authorization/allowed_callers/0"], "warn": []},
	"trusted domains by another name": {"sets": {"/identity/trusted": "*"}, "removed": [], "deny": ["trust-domains #/identity/trusted"], "warn": []},
	"callers by name": {"sets": {"/authorization/allowed_callers": ["search", 5, "a*"]}, "removed": [], "deny": [], "warn": []},
	"origins of browsers": {"sets": {"/server/allowed_origins": ["*"]}, "removed": [], "deny": [], "warn": []},
}

cases_of_lifetimes_and_pins := {
	"an SVID of 3601": {"sets": {"/identity/svid_ttl_seconds": 3601}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of 86400": {"sets": {"/identity/svid_ttl_seconds": 86400}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of 0": {"sets": {"/identity/svid_ttl_seconds": 0}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of -1": {"sets": {"/identity/svid_ttl_seconds": -1}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of 1.5": {"sets": {"/identity/svid_ttl_seconds": 1.5}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of \"3600\"": {"sets": {"/identity/svid_ttl_seconds": "3600"}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of \"1h\"": {"sets": {"/identity/svid_ttl_seconds": "1h"}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of a second": {"sets": {"/identity/svid_ttl_seconds": 1}, "removed": [], "deny": [], "warn": []},
	"an SVID of four hours in staging": {"sets": {"/environment": "staging", "/identity/svid_ttl_seconds": 14400, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": [], "warn": []},
	"a longer one in staging": {"sets": {"/environment": "staging", "/identity/svid_ttl_seconds": 14401, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of eight hours in development": {"sets": {"/environment": "development", "/identity/svid_ttl_seconds": 28800, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"a longer one in development": {"sets": {"/environment": "development", "/identity/svid_ttl_seconds": 28801, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an unknown environment has the limits of production": {"sets": {"/environment": "test", "/identity/svid_ttl_seconds": 14400, "/identity/provider": "mock"}, "removed": [], "deny": ["environment #/environment", "identity-provider #/identity/provider", "svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an environment in capitals": {"sets": {"/environment": "Production"}, "removed": [], "deny": ["environment #/environment"], "warn": []},
	"no pins": {"sets": {}, "removed": ["/identity/trust_bundle_pins"], "deny": [], "warn": []},
	"pins by trust domain": {"sets": {"/identity/trust_bundle_pins": {"example.com": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}}, "removed": [], "deny": [], "warn": []},
	"one pin": {"sets": {"/identity/trust_bundle_pins": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}, "removed": [], "deny": [], "warn": []},
	"a pin short": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:abcd1234"]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin of another algorithm": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha512:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin in capitals": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE"]}, "removed": [], "deny": ["secret-value #/identity/trust_bundle_pins/1", "trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin with more behind it": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n"]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin a number": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", 1]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin nothing": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", null]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin an empty list": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", []]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin without its algorithm": {"sets": {"/identity/trust_bundle_pins": ["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]}, "removed": [], "deny": ["secret-value #/identity/trust_bundle_pins/0", "trust-bundle-pin #/identity/trust_bundle_pins/0"], "warn": []},
	"a pin by another name": {"sets": {"/identity/bundle_hash": "sha256:abcd"}, "removed": [], "deny": ["trust-bundle-pin #/identity/bundle_hash"], "warn": []},
}

cases_of_authorization := {
	"the default action \"allow\"": {"sets": {"/authorization/default_action": "allow"}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the default action \"log-only\"": {"sets": {"/authorization/default_action": "log-only"}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the default action \"Deny\"": {"sets": {"/authorization/default_action": "Deny"}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the default action \"deny \"": {"sets": {"/authorization/default_action": "deny "}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the default action [\"deny\"]": {"sets": {"/authorization/default_action": ["deny"]}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the default action true": {"sets": {"/authorization/default_action": true}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
	"the authorization \"allow-all\"": {"sets": {"/authorization/provider": "allow-all"}, "removed": [], "deny": ["authorization-provider #/authorization/provider"], "warn": []},
	"the authorization \"OPA\"": {"sets": {"/authorization/provider": "OPA"}, "removed": [], "deny": ["authorization-provider #/authorization/provider"], "warn": []},
	"the authorization null": {"sets": {"/authorization/provider": null}, "removed": [], "deny": ["authorization-provider #/authorization/provider"], "warn": []},
	"the authorization [\"opa\"]": {"sets": {"/authorization/provider": ["opa"]}, "removed": [], "deny": ["authorization-provider #/authorization/provider"], "warn": []},
	"no provider of authorization": {"sets": {}, "removed": ["/authorization/provider"], "deny": [], "warn": []},
	"OPA at https://opa.example.com": {"sets": {"/authorization/opa_url": "https://opa.example.com"}, "removed": [], "deny": [], "warn": []},
	"OPA at https://opa.example.com:8181/v1/data": {"sets": {"/authorization/opa_url": "https://opa.example.com:8181/v1/data"}, "removed": [], "deny": [], "warn": []},
	"OPA at https://[2001:db8::1]:8181": {"sets": {"/authorization/opa_url": "https://[2001:db8::1]:8181"}, "removed": [], "deny": [], "warn": []},
	"OPA at http://127.0.0.1:8181": {"sets": {"/authorization/opa_url": "http://127.0.0.1:8181"}, "removed": [], "deny": [], "warn": []},
	"OPA at http://[::1]:8181/": {"sets": {"/authorization/opa_url": "http://[::1]:8181/"}, "removed": [], "deny": [], "warn": []},
	"OPA at http://localhost": {"sets": {"/authorization/opa_url": "http://localhost"}, "removed": [], "deny": [], "warn": []},
	"OPA at \"http://opa.example.com:8181\"": {"sets": {"/authorization/opa_url": "http://opa.example.com:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"http://0.0.0.0:8181\"": {"sets": {"/authorization/opa_url": "http://0.0.0.0:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"http://localhost.example.com\"": {"sets": {"/authorization/opa_url": "http://localhost.example.com"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"http://localhost@evil.example\"": {"sets": {"/authorization/opa_url": "http://localhost@evil.example"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"http://127.0.0.1.evil.example\"": {"sets": {"/authorization/opa_url": "http://127.0.0.1.evil.example"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"http://127.0.0.1:8181@evil.example\"": {"sets": {"/authorization/opa_url": "http://127.0.0.1:8181@evil.example"}, "removed": [], "deny": ["opa-url #/authorization/opa_url", "secret-value #/authorization/opa_url"], "warn": []},
	"OPA at \"https://opa:x@opa.example.com\"": {"sets": {"/authorization/opa_url": "https://opa:x@opa.example.com"}, "removed": [], "deny": ["opa-url #/authorization/opa_url", "secret-value #/authorization/opa_url"], "warn": []},
	"OPA at \"HTTP://localhost:8181\"": {"sets": {"/authorization/opa_url": "HTTP://localhost:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"localhost:8181\"": {"sets": {"/authorization/opa_url": "localhost:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"//localhost\"": {"sets": {"/authorization/opa_url": "//localhost"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"https://\"": {"sets": {"/authorization/opa_url": "https://"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"https://opa.example.com\\n\"": {"sets": {"/authorization/opa_url": "https://opa.example.com\n"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"ftp://localhost\"": {"sets": {"/authorization/opa_url": "ftp://localhost"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"unix:///run/opa.sock\"": {"sets": {"/authorization/opa_url": "unix:///run/opa.sock"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA at \"https://opa.example.com?x=y\"": {"sets": {"/authorization/opa_url": "https://opa.example.com?x=y"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"OPA by its other name": {"sets": {"/authorization/opa_endpoint": "http://localhost:8181"}, "removed": ["/authorization/opa_url"], "deny": [], "warn": []},
	"OPA by its other name elsewhere": {"sets": {"/authorization/opa_endpoint": "http://opa:8181"}, "removed": ["/authorization/opa_url"], "deny": ["opa-url #/authorization/opa_endpoint"], "warn": []},
	"OPA at two places": {"sets": {"/authorization/opa_endpoint": "http://opa:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_endpoint"], "warn": []},
	"a collector of traces without TLS, which is no address of OPA": {"sets": {"/observability/tracing": {"endpoint": "http://collector:4317"}}, "removed": [], "deny": [], "warn": []},
	"several OPAs": {"sets": {"/authorization/opa_endpoints": ["http://opa-1:8181", "HTTP://opa-2:8181", "https://opa-3:8181", "http://localhost:8181", "opa", 1]}, "removed": [], "deny": ["opa-url #/authorization/opa_endpoints/0", "opa-url #/authorization/opa_endpoints/1"], "warn": []},
}

cases_of_transport := {
	"TLS 1.2 with a reason and suites": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "removed": [], "deny": [], "warn": []},
	"TLS 1.2 with suites of both versions": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"]}, "removed": [], "deny": [], "warn": []},
	"TLS 1.2 with all suites": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "removed": [], "deny": [], "warn": []},
	"TLS 1.3 with all suites": {"sets": {"/transport/cipher_suites": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"]}, "removed": [], "deny": [], "warn": []},
	"TLS 1.2 without a reason": {"sets": {"/transport/tls_min_version": "1.2", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"TLS 1.2 with a short reason": {"sets": {"/transport/tls_min_version": "1.2", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"], "/transport/tls_legacy_reason": "  legacy         "}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"TLS 1.2 with a reason that is true": {"sets": {"/transport/tls_min_version": "1.2", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"], "/transport/tls_legacy_reason": true}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"TLS 1.2 without suites": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May"}, "removed": ["/transport/cipher_suites"], "deny": ["cipher-suites #/transport/cipher_suites"], "warn": []},
	"TLS 1.2 with a weak suite": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"]}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites/2"], "warn": []},
	"the TLS version 1.3": {"sets": {"/transport/tls_min_version": 1.3}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"the TLS version \"1.1\"": {"sets": {"/transport/tls_min_version": "1.1"}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"the TLS version \"1.30\"": {"sets": {"/transport/tls_min_version": "1.30"}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"the TLS version \"TLS1.3\"": {"sets": {"/transport/tls_min_version": "TLS1.3"}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"the TLS version \"1.3 \"": {"sets": {"/transport/tls_min_version": "1.3 "}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"the TLS version [\"1.3\"]": {"sets": {"/transport/tls_min_version": ["1.3"]}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"TLS 1.3 without suites": {"sets": {}, "removed": ["/transport/cipher_suites"], "deny": [], "warn": ["cipher-suites-listed #/transport/cipher_suites"]},
	"TLS 1.3 with a suite of 1.2": {"sets": {"/transport/cipher_suites": ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites/1"], "warn": []},
	"a suite in small letters": {"sets": {"/transport/cipher_suites": ["tls_aes_128_gcm_sha256"]}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites/0"], "warn": []},
	"no suites in the list": {"sets": {"/transport/cipher_suites": []}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites"], "warn": []},
	"suites as a text": {"sets": {"/transport/cipher_suites": "TLS_AES_128_GCM_SHA256"}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites"], "warn": []},
	"suites as a mapping": {"sets": {"/transport/cipher_suites": {"TLS_AES_128_GCM_SHA256": true}}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites"], "warn": []},
	"suites in a list in the list": {"sets": {"/transport/cipher_suites": [["TLS_AES_128_GCM_SHA256"]]}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites/0"], "warn": []},
	"a suite twice": {"sets": {"/transport/cipher_suites": ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"]}, "removed": [], "deny": ["cipher-suites #/transport/cipher_suites/1"], "warn": []},
	"a highest version of TLS": {"sets": {"/transport/tls_max_version": "1.1", "/server/ssl_versions": ["1.3", "1.0"], "/server/tls_version": "1.3"}, "removed": [], "deny": ["tls-min-version #/server/ssl_versions/1", "tls-min-version #/transport/tls_max_version"], "warn": []},
	"ciphers elsewhere": {"sets": {"/server/ciphers": "ALL:!aNULL"}, "removed": [], "deny": ["cipher-suites #/server/ciphers"], "warn": []},
	"verify_peer false": {"sets": {"/transport/verify_peer": false}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"verify_peer \"true\"": {"sets": {"/transport/verify_peer": "true"}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"verify_peer \"yes\"": {"sets": {"/transport/verify_peer": "yes"}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"verify_peer 1": {"sets": {"/transport/verify_peer": 1}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"verify_peer [\"true\"]": {"sets": {"/transport/verify_peer": ["true"]}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"require_client_cert false": {"sets": {"/transport/require_client_cert": false}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
	"require_client_cert \"true\"": {"sets": {"/transport/require_client_cert": "true"}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
	"require_client_cert \"yes\"": {"sets": {"/transport/require_client_cert": "yes"}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
	"require_client_cert 1": {"sets": {"/transport/require_client_cert": 1}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
	"require_client_cert [\"true\"]": {"sets": {"/transport/require_client_cert": ["true"]}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
}

cases_of_switches := {
	"security that is disabled": {"sets": {"/security": {"enabled": false}}, "removed": [], "deny": ["security-switch #/security/enabled"], "warn": []},
	"security that is enabled, which nothing reads": {"sets": {"/security": {"enabled": true}}, "removed": [], "deny": ["security-switch #/security/enabled"], "warn": []},
	"security that is off": {"sets": {"/security": "off"}, "removed": [], "deny": ["security-switch #/security"], "warn": []},
	"security that is false": {"sets": {"/security": false}, "removed": [], "deny": ["security-switch #/security"], "warn": []},
	"the key skip_authz": {"sets": {"/skip_authz": true}, "removed": [], "deny": ["security-switch #/skip_authz"], "warn": []},
	"the key disable_tls": {"sets": {"/disable_tls": true}, "removed": [], "deny": ["security-switch #/disable_tls"], "warn": []},
	"the key disableTls": {"sets": {"/disableTls": true}, "removed": [], "deny": ["security-switch #/disableTls"], "warn": []},
	"the key SKIP-AUTHZ": {"sets": {"/SKIP-AUTHZ": true}, "removed": [], "deny": ["security-switch #/SKIP-AUTHZ"], "warn": []},
	"the key skip_authorization": {"sets": {"/skip_authorization": true}, "removed": [], "deny": ["security-switch #/skip_authorization"], "warn": []},
	"the key bypass_policy": {"sets": {"/bypass_policy": true}, "removed": [], "deny": ["security-switch #/bypass_policy"], "warn": []},
	"the key no_auth": {"sets": {"/no_auth": true}, "removed": [], "deny": ["security-switch #/no_auth"], "warn": []},
	"the key insecure": {"sets": {"/insecure": true}, "removed": [], "deny": ["security-switch #/insecure"], "warn": []},
	"the key insecure_skip_verify": {"sets": {"/insecure_skip_verify": true}, "removed": [], "deny": ["security-switch #/insecure_skip_verify"], "warn": []},
	"the key allow_all": {"sets": {"/allow_all": true}, "removed": [], "deny": ["security-switch #/allow_all"], "warn": []},
	"the key tls_disabled": {"sets": {"/tls_disabled": true}, "removed": [], "deny": ["security-switch #/tls_disabled"], "warn": []},
	"the key disable_audit": {"sets": {"/disable_audit": true}, "removed": [], "deny": ["security-switch #/disable_audit"], "warn": []},
	"the key ignore_certificates": {"sets": {"/ignore_certificates": true}, "removed": [], "deny": ["security-switch #/ignore_certificates"], "warn": []},
	"the key dangerously_open": {"sets": {"/dangerously_open": true}, "removed": [], "deny": ["security-switch #/dangerously_open"], "warn": []},
	"the key allow_unauthenticated": {"sets": {"/allow_unauthenticated": true}, "removed": [], "deny": ["security-switch #/allow_unauthenticated"], "warn": []},
	"the key trust_all": {"sets": {"/trust_all": true}, "removed": [], "deny": ["security-switch #/trust_all"], "warn": []},
	"the key unsafe_no_verify_cert": {"sets": {"/unsafe_no_verify_cert": true}, "removed": [], "deny": ["security-switch #/unsafe_no_verify_cert"], "warn": []},
	"the key permissive": {"sets": {"/permissive": true}, "removed": [], "deny": ["security-switch #/permissive"], "warn": []},
	"the key AGENTWEAVE_SKIP_AUTHZ": {"sets": {"/AGENTWEAVE_SKIP_AUTHZ": true}, "removed": [], "deny": ["security-switch #/AGENTWEAVE_SKIP_AUTHZ"], "warn": []},
	"a switch that is false": {"sets": {"/transport/disable_tls": false}, "removed": [], "deny": ["security-switch #/transport/disable_tls"], "warn": []},
	"a switch deep in a list": {"sets": {"/peers": [{"name": "search", "options": {"skip_verify": true}}]}, "removed": [], "deny": ["security-switch #/peers/0/options/skip_verify"], "warn": []},
	"a switch as a name in a list": {"sets": {"/settings": [{"name": "skip_authz", "value": "true"}]}, "removed": [], "deny": ["security-switch #/settings/0/name"], "warn": []},
	"a guard as a name in a list": {"sets": {"/settings": [{"name": "verify_peer", "value": "false"}, {"key": "verify_tls", "value": true}, {"name": "verify"}, {"name": 5}, {"name": "timeout", "value": 5}]}, "removed": [], "deny": ["security-switch #/settings/0/name"], "warn": []},
	"switches as words in a list": {"sets": {"/args": ["--skip-authz", "--verify-peer=false", "verify_tls=true", "--port=1", "-v", 5]}, "removed": [], "deny": ["security-switch #/args/0", "security-switch #/args/1"], "warn": []},
	"the guard verify that is false": {"sets": {"/server/verify": false}, "removed": [], "deny": ["security-switch #/server/verify"], "warn": []},
	"the guard tls_verify that is false": {"sets": {"/server/tls_verify": false}, "removed": [], "deny": ["security-switch #/server/tls_verify"], "warn": []},
	"the guard ssl_verify that is false": {"sets": {"/server/ssl_verify": false}, "removed": [], "deny": ["security-switch #/server/ssl_verify"], "warn": []},
	"the guard verify_certificates that is false": {"sets": {"/server/verify_certificates": false}, "removed": [], "deny": ["security-switch #/server/verify_certificates"], "warn": []},
	"the guard check_hostname that is false": {"sets": {"/server/check_hostname": false}, "removed": [], "deny": ["security-switch #/server/check_hostname"], "warn": []},
	"the guard require_auth that is false": {"sets": {"/server/require_auth": false}, "removed": [], "deny": ["security-switch #/server/require_auth"], "warn": []},
	"the guard tls_enabled that is false": {"sets": {"/server/tls_enabled": false}, "removed": [], "deny": ["security-switch #/server/tls_enabled"], "warn": []},
	"the guard audit_enabled that is false": {"sets": {"/server/audit_enabled": false}, "removed": [], "deny": ["security-switch #/server/audit_enabled"], "warn": []},
	"the guard enforce_mtls that is false": {"sets": {"/server/enforce_mtls": false}, "removed": [], "deny": ["security-switch #/server/enforce_mtls"], "warn": []},
	"a guard that is a text": {"sets": {"/server/verify": "true"}, "removed": [], "deny": ["security-switch #/server/verify"], "warn": []},
	"a guard that is true": {"sets": {"/server/verify": true}, "removed": [], "deny": [], "warn": []},
	"a guard of syslog that is false": {"sets": {"/observability/audit_log/syslog_tls_verify": false}, "removed": [], "deny": ["security-switch #/observability/audit_log/syslog_tls_verify"], "warn": []},
	"verify_peer elsewhere": {"sets": {"/transport/outbound": {"verify_peer": false}}, "removed": [], "deny": ["security-switch #/transport/outbound/verify_peer"], "warn": []},
	"TLS that is disabled": {"sets": {"/server/tls": {"enabled": false}}, "removed": [], "deny": ["security-switch #/server/tls/enabled"], "warn": []},
	"peers verified in part": {"sets": {"/transport/peer_verification": "log-only"}, "removed": [], "deny": ["security-switch #/transport/peer_verification"], "warn": []},
	"peers verified strictly": {"sets": {"/transport/peer_verification": "strict"}, "removed": [], "deny": [], "warn": []},
	"a capability that verifies": {"sets": {"/agent/capabilities": [{"name": "verify"}, {"name": "notarize"}]}, "removed": [], "deny": [], "warn": []},
	"an agent that is off": {"sets": {"/enabled": false}, "removed": [], "deny": [], "warn": []},
	"a circuit breaker that is off": {"sets": {"/transport/circuit_breaker": {"enabled": false}}, "removed": [], "deny": [], "warn": []},
	"the guard verify_peer_certificates that is false": {"sets": {"/server/verify_peer_certificates": false}, "removed": [], "deny": ["security-switch #/server/verify_peer_certificates"], "warn": []},
	"the guard verify_peer_certificates that is \"off\"": {"sets": {"/server/verify_peer_certificates": "off"}, "removed": [], "deny": ["security-switch #/server/verify_peer_certificates"], "warn": []},
	"the guard validate_inputs that is false": {"sets": {"/server/validate_inputs": false}, "removed": [], "deny": ["security-switch #/server/validate_inputs"], "warn": []},
	"the guard validate_inputs that is \"off\"": {"sets": {"/server/validate_inputs": "off"}, "removed": [], "deny": ["security-switch #/server/validate_inputs"], "warn": []},
	"the guard mtls that is false": {"sets": {"/server/mtls": false}, "removed": [], "deny": ["security-switch #/server/mtls"], "warn": []},
	"the guard mtls that is \"off\"": {"sets": {"/server/mtls": "off"}, "removed": [], "deny": ["security-switch #/server/mtls"], "warn": []},
	"the guard secure_cookies that is false": {"sets": {"/server/secure_cookies": false}, "removed": [], "deny": ["security-switch #/server/secure_cookies"], "warn": []},
	"the guard secure_cookies that is \"off\"": {"sets": {"/server/secure_cookies": "off"}, "removed": [], "deny": ["security-switch #/server/secure_cookies"], "warn": []},
	"the guard encryption that is false": {"sets": {"/server/encryption": false}, "removed": [], "deny": ["security-switch #/server/encryption"], "warn": []},
	"the guard encryption that is \"off\"": {"sets": {"/server/encryption": "off"}, "removed": [], "deny": ["security-switch #/server/encryption"], "warn": []},
	"the guard require_authentication_of_peers that is false": {"sets": {"/server/require_authentication_of_peers": false}, "removed": [], "deny": ["security-switch #/server/require_authentication_of_peers"], "warn": []},
	"the guard require_authentication_of_peers that is \"off\"": {"sets": {"/server/require_authentication_of_peers": "off"}, "removed": [], "deny": ["security-switch #/server/require_authentication_of_peers"], "warn": []},
	"guards that are on": {"sets": {"/server": {"verify_peer_certificates": true, "validate_inputs": "strict", "mtls": {"mode": "strict"}}}, "removed": [], "deny": [], "warn": []},
	"a command line that skips": {"sets": {"/command": "agent run --port 8443 --skip-authz"}, "removed": [], "deny": ["security-switch #/command"], "warn": []},
	"a variable that skips": {"sets": {"/env": "A=1 AGENTWEAVE_SKIP_AUTHZ=1"}, "removed": [], "deny": ["security-switch #/env"], "warn": []},
	"a command line that doesn't": {"sets": {"/command": "agent run --port 8443 -v skip-authz LOG=info"}, "removed": [], "deny": [], "warn": []},
}

cases_of_spelling := {
	"a second verify_peer in capitals": {"sets": {"/transport/Verify_Peer": true}, "removed": [], "deny": ["key-spelling #/transport/Verify_Peer"], "warn": []},
	"a provider in camel case": {"sets": {"/Identity": {"provider": "mock"}}, "removed": [], "deny": ["identity-provider #/Identity/provider", "key-spelling #/Identity", "key-spelling #/Identity/provider"], "warn": []},
	"the action with a hyphen": {"sets": {"/authorization/default-action": "allow"}, "removed": [], "deny": ["key-spelling #/authorization/default-action"], "warn": []},
	"trust domains in another place": {"sets": {"/federation": {"allowed_trust_domains": ["*"]}}, "removed": [], "deny": ["key-spelling #/federation/allowed_trust_domains"], "warn": []},
	"trust domains in another place and spelling": {"sets": {"/federation": {"allowedTrustDomains": ["*"]}}, "removed": [], "deny": ["key-spelling #/federation/allowedTrustDomains"], "warn": []},
	"a key with a Cyrillic letter": {"sets": {"/transport/vеrify_peer": false}, "removed": [], "deny": ["key-spelling #/transport/vеrify_peer"], "warn": []},
	"a key with a space at its end": {"sets": {"/transport/verify_peer ": true}, "removed": [], "deny": ["key-spelling #/transport/verify_peer "], "warn": []},
	"an audit log at the root": {"sets": {"/audit_log": {"enabled": false}}, "removed": [], "deny": ["key-spelling #/audit_log"], "warn": []},
	"the settings of an environment below it": {"sets": {"/environments": [{"transport": {"tls_min_version": "1.1"}}]}, "removed": [], "deny": ["key-spelling #/environments/0/transport/tls_min_version", "tls-min-version #/environments/0/transport/tls_min_version"], "warn": []},
	"the key environment in capitals": {"sets": {"/ENVIRONMENT": "x"}, "removed": [], "deny": ["key-spelling #/ENVIRONMENT"], "warn": []},
	"the key agent in capitals": {"sets": {"/AGENT": "x"}, "removed": [], "deny": ["key-spelling #/AGENT"], "warn": []},
	"the key agent/trust_domain in capitals": {"sets": {"/agent/TRUST_DOMAIN": "x"}, "removed": [], "deny": ["key-spelling #/agent/TRUST_DOMAIN"], "warn": []},
	"the key identity in capitals": {"sets": {"/IDENTITY": "x"}, "removed": [], "deny": ["key-spelling #/IDENTITY"], "warn": []},
	"the key identity/provider in capitals": {"sets": {"/identity/PROVIDER": "x"}, "removed": [], "deny": ["key-spelling #/identity/PROVIDER"], "warn": []},
	"the key identity/spiffe_id in capitals": {"sets": {"/identity/SPIFFE_ID": "x"}, "removed": [], "deny": ["key-spelling #/identity/SPIFFE_ID"], "warn": []},
	"the key identity/allowed_trust_domains in capitals": {"sets": {"/identity/ALLOWED_TRUST_DOMAINS": "x"}, "removed": [], "deny": ["key-spelling #/identity/ALLOWED_TRUST_DOMAINS"], "warn": []},
	"the key identity/svid_ttl_seconds in capitals": {"sets": {"/identity/SVID_TTL_SECONDS": "x"}, "removed": [], "deny": ["key-spelling #/identity/SVID_TTL_SECONDS"], "warn": []},
	"the key identity/trust_bundle_pins in capitals": {"sets": {"/identity/TRUST_BUNDLE_PINS": "x"}, "removed": [], "deny": ["key-spelling #/identity/TRUST_BUNDLE_PINS", "trust-bundle-pin #/identity/TRUST_BUNDLE_PINS"], "warn": []},
	"the key authorization in capitals": {"sets": {"/AUTHORIZATION": "x"}, "removed": [], "deny": ["key-spelling #/AUTHORIZATION"], "warn": []},
	"the key authorization/provider in capitals": {"sets": {"/authorization/PROVIDER": "x"}, "removed": [], "deny": ["key-spelling #/authorization/PROVIDER"], "warn": []},
	"the key authorization/default_action in capitals": {"sets": {"/authorization/DEFAULT_ACTION": "x"}, "removed": [], "deny": ["key-spelling #/authorization/DEFAULT_ACTION"], "warn": []},
	"the key authorization/opa_url in capitals": {"sets": {"/authorization/OPA_URL": "x"}, "removed": [], "deny": ["key-spelling #/authorization/OPA_URL"], "warn": []},
	"the key authorization/opa_endpoint in capitals": {"sets": {"/authorization/OPA_ENDPOINT": "x"}, "removed": [], "deny": ["key-spelling #/authorization/OPA_ENDPOINT"], "warn": []},
	"the key transport in capitals": {"sets": {"/TRANSPORT": "x"}, "removed": [], "deny": ["key-spelling #/TRANSPORT"], "warn": []},
	"the key transport/tls_min_version in capitals": {"sets": {"/transport/TLS_MIN_VERSION": "x"}, "removed": [], "deny": ["key-spelling #/transport/TLS_MIN_VERSION", "tls-min-version #/transport/TLS_MIN_VERSION"], "warn": []},
	"the key transport/tls_legacy_reason in capitals": {"sets": {"/transport/TLS_LEGACY_REASON": "x"}, "removed": [], "deny": ["key-spelling #/transport/TLS_LEGACY_REASON"], "warn": []},
	"the key transport/cipher_suites in capitals": {"sets": {"/transport/CIPHER_SUITES": "x"}, "removed": [], "deny": ["cipher-suites #/transport/CIPHER_SUITES", "key-spelling #/transport/CIPHER_SUITES"], "warn": []},
	"the key transport/verify_peer in capitals": {"sets": {"/transport/VERIFY_PEER": "x"}, "removed": [], "deny": ["key-spelling #/transport/VERIFY_PEER", "security-switch #/transport/VERIFY_PEER"], "warn": []},
	"the key transport/require_client_cert in capitals": {"sets": {"/transport/REQUIRE_CLIENT_CERT": "x"}, "removed": [], "deny": ["key-spelling #/transport/REQUIRE_CLIENT_CERT", "security-switch #/transport/REQUIRE_CLIENT_CERT"], "warn": []},
	"the key observability in capitals": {"sets": {"/OBSERVABILITY": "x"}, "removed": [], "deny": ["key-spelling #/OBSERVABILITY"], "warn": []},
	"the key observability/audit_log in capitals": {"sets": {"/observability/AUDIT_LOG": "x"}, "removed": [], "deny": ["key-spelling #/observability/AUDIT_LOG"], "warn": []},
	"the key observability/audit_log/enabled in capitals": {"sets": {"/observability/audit_log/ENABLED": "x"}, "removed": [], "deny": ["key-spelling #/observability/audit_log/ENABLED"], "warn": []},
	"the key observability/audit_log/destination in capitals": {"sets": {"/observability/audit_log/DESTINATION": "x"}, "removed": [], "deny": ["key-spelling #/observability/audit_log/DESTINATION"], "warn": []},
	"the key observability/audit_log/include_payloads in capitals": {"sets": {"/observability/audit_log/INCLUDE_PAYLOADS": "x"}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/INCLUDE_PAYLOADS", "key-spelling #/observability/audit_log/INCLUDE_PAYLOADS"], "warn": []},
	"the key observability/audit_log/fields in capitals": {"sets": {"/observability/audit_log/FIELDS": "x"}, "removed": [], "deny": ["key-spelling #/observability/audit_log/FIELDS"], "warn": []},
	"the key spiffe_id elsewhere": {"sets": {"/other": [{"spiffe_id": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/spiffe_id"], "warn": []},
	"the key allowed_trust_domains elsewhere": {"sets": {"/other": [{"allowed_trust_domains": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/allowed_trust_domains"], "warn": []},
	"the key svid_ttl_seconds elsewhere": {"sets": {"/other": [{"svid_ttl_seconds": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/svid_ttl_seconds"], "warn": []},
	"the key trust_bundle_pins elsewhere": {"sets": {"/other": [{"trust_bundle_pins": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/trust_bundle_pins", "trust-bundle-pin #/other/0/trust_bundle_pins"], "warn": []},
	"the key default_action elsewhere": {"sets": {"/other": [{"default_action": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/default_action"], "warn": []},
	"the key opa_url elsewhere": {"sets": {"/other": [{"opa_url": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/opa_url"], "warn": []},
	"the key opa_endpoint elsewhere": {"sets": {"/other": [{"opa_endpoint": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/opa_endpoint"], "warn": []},
	"the key tls_min_version elsewhere": {"sets": {"/other": [{"tls_min_version": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/tls_min_version", "tls-min-version #/other/0/tls_min_version"], "warn": []},
	"the key tls_legacy_reason elsewhere": {"sets": {"/other": [{"tls_legacy_reason": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/tls_legacy_reason"], "warn": []},
	"the key cipher_suites elsewhere": {"sets": {"/other": [{"cipher_suites": "x"}]}, "removed": [], "deny": ["cipher-suites #/other/0/cipher_suites", "key-spelling #/other/0/cipher_suites"], "warn": []},
	"the key audit_log elsewhere": {"sets": {"/other": [{"audit_log": "x"}]}, "removed": [], "deny": ["key-spelling #/other/0/audit_log"], "warn": []},
}

cases_of_secrets := {
	"the secret password": {"sets": {"/database": {"password": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/password"], "warn": []},
	"the secret db_password": {"sets": {"/database": {"db_password": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/db_password"], "warn": []},
	"the secret DB-PASSWORD": {"sets": {"/database": {"DB-PASSWORD": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/DB-PASSWORD"], "warn": []},
	"the secret apiKey": {"sets": {"/database": {"apiKey": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/apiKey"], "warn": []},
	"the secret api_key": {"sets": {"/database": {"api_key": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/api_key"], "warn": []},
	"the secret client_secret": {"sets": {"/database": {"client_secret": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/client_secret"], "warn": []},
	"the secret auth_token": {"sets": {"/database": {"auth_token": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/auth_token"], "warn": []},
	"the secret private_key": {"sets": {"/database": {"private_key": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/private_key"], "warn": []},
	"the secret passphrase": {"sets": {"/database": {"passphrase": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/passphrase"], "warn": []},
	"the secret pwd": {"sets": {"/database": {"pwd": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/pwd"], "warn": []},
	"the secret db_pass": {"sets": {"/database": {"db_pass": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/db_pass"], "warn": []},
	"the secret psk": {"sets": {"/database": {"psk": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/psk"], "warn": []},
	"the secret connection_string": {"sets": {"/database": {"connection_string": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/connection_string"], "warn": []},
	"the secret credentials": {"sets": {"/database": {"credentials": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/credentials"], "warn": []},
	"the secret x-api-key": {"sets": {"/database": {"x-api-key": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/x-api-key"], "warn": []},
	"a secret that is a number": {"sets": {"/database": {"password": 12345678}}, "removed": [], "deny": ["secret-literal #/database/password"], "warn": []},
	"a secret that is empty": {"sets": {"/database": {"password": ""}}, "removed": [], "deny": ["secret-literal #/database/password"], "warn": []},
	"secrets in a list": {"sets": {"/tokens": ["hunter2"]}, "removed": [], "deny": ["secret-literal #/tokens/0"], "warn": []},
	"secrets in a mapping": {"sets": {"/secrets": {"db": "hunter2"}}, "removed": [], "deny": ["secret-literal #/secrets/db"], "warn": []},
	"a secret deeper down": {"sets": {"/database": {"db_password": {"value": ["hunter2"]}}}, "removed": [], "deny": ["secret-literal #/database/db_password/value/0"], "warn": []},
	"a header that holds a key": {"sets": {"/observability/tracing": {"headers": {"x-api-key": "secret"}}}, "removed": [], "deny": ["secret-literal #/observability/tracing/headers/x-api-key"], "warn": []},
	"a variable that is none": {"sets": {"/database": {"password_env": "hunter 2"}}, "removed": [], "deny": ["secret-literal #/database/password_env"], "warn": []},
	"a reference with a default": {"sets": {"/database": {"password": "${DB_PASSWORD:-hunter2}"}}, "removed": [], "deny": ["secret-literal #/database/password", "secret-value #/database/password"], "warn": []},
	"a secret that looks like a path": {"sets": {"/database": {"password": "/hunter2"}}, "removed": [], "deny": ["secret-literal #/database/password"], "warn": []},
	"a secret that looks like a URL": {"sets": {"/database": {"auth_token": "https://hunter2"}}, "removed": [], "deny": ["secret-literal #/database/auth_token"], "warn": []},
	"a file that is none": {"sets": {"/database": {"password_file": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/password_file"], "warn": []},
	"a URL with a password": {"sets": {"/idp": {"token_url": "https://u:p@idp.example.com"}}, "removed": [], "deny": ["secret-literal #/idp/token_url", "secret-value #/idp/token_url"], "warn": []},
	"a name that is too odd": {"sets": {"/idp": {"secret_name": "p@ss w0rd!"}}, "removed": [], "deny": ["secret-literal #/idp/secret_name"], "warn": []},
	"no secret but a variable": {"sets": {"/database": {"password_env": "DB_PASSWORD"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a variable in the text": {"sets": {"/database": {"password": "${DB_PASSWORD}"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a variable in an object": {"sets": {"/database": {"password": {"env": "DB_PASSWORD"}}}, "removed": [], "deny": [], "warn": []},
	"no secret but a file": {"sets": {"/database": {"password_file": "/run/secrets/db"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a path": {"sets": {"/database": {"private_key_path": "/etc/certs/agent.key"}}, "removed": [], "deny": [], "warn": []},
	"no secret but an address": {"sets": {"/database": {"token_url": "https://idp.example.com/token"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a name": {"sets": {"/database": {"secret_name": "agent-secrets"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a count": {"sets": {"/database": {"max_tokens": 4096, "token_ttl_seconds": 300}}, "removed": [], "deny": [], "warn": []},
	"no secret but a decision": {"sets": {"/database": {"rotate_secrets": true, "password": null}}, "removed": [], "deny": [], "warn": []},
	"no secret but a store": {"sets": {"/database": {"secret_manager": {"provider": "vault", "address": "https://vault.example.com"}}}, "removed": [], "deny": [], "warn": []},
	"a secret in a store": {"sets": {"/secret_manager": {"db_password": "hunter2"}}, "removed": [], "deny": ["secret-literal #/secret_manager/db_password"], "warn": []},
}

cases_of_values := {
	"a value that is a private key": {"sets": {"/note": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a key of AWS": {"sets": {"/note": "AKIAIOSFODNN7EXAMPLE"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a token of GitHub": {"sets": {"/note": "ghp_0123456789abcdefghijABCDEFGHIJ"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a JSON web token": {"sets": {"/note": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a password in a URL": {"sets": {"/note": "postgres://app:hunter2@db.example.com/app"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a bearer token": {"sets": {"/note": "Bearer abcdef123456"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a assignment": {"sets": {"/note": "dsn password=hunter2"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a query": {"sets": {"/note": "https://x.example.com/?token=abc"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a random text": {"sets": {"/note": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY1"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a random digits": {"sets": {"/note": "9f86d081884c7d659a2feaa0c55ad015"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a random small letters": {"sets": {"/note": "k3j9x0q7w2m5z8v1c4b6n0a9s8d7"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a random part of a path": {"sets": {"/note": "/x/wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLE1"}, "removed": [], "deny": ["secret-value #/note"], "warn": []},
	"a value that is a digest and no secret": {"sets": {"/note": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "removed": [], "deny": [], "warn": []},
	"a value that is a certificate and no secret": {"sets": {"/note": "-----BEGIN CERTIFICATE-----\nMIIBhTCCASugAwIBAgIQIRi6zePL6mKjOipn+dNuaTAKBggqhkjOPQQDAjASMRAw\n-----END CERTIFICATE-----"}, "removed": [], "deny": [], "warn": []},
	"a value that is a number of a workspace and no secret": {"sets": {"/note": "12345678-1234-1234-1234-123456789012"}, "removed": [], "deny": [], "warn": []},
	"a value that is a sentence and no secret": {"sets": {"/note": "The orchestrator splits a task and hands out its parts to others"}, "removed": [], "deny": [], "warn": []},
	"a value that is a path and no secret": {"sets": {"/note": "/opt/agentweave/Plugins2/data-processor/config.yaml"}, "removed": [], "deny": [], "warn": []},
	"a value that is a words with few digits and no secret": {"sets": {"/note": "thequickbrownfoxjumps2over4"}, "removed": [], "deny": [], "warn": []},
	"a value that is a word with digits and no secret": {"sets": {"/note": "aaaaaaaaaaaa111111111111bbbb"}, "removed": [], "deny": [], "warn": []},
	"a value that is a word with capitals and no secret": {"sets": {"/note": "AAAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaa1"}, "removed": [], "deny": [], "warn": []},
	"a value that is a key of zeros and no secret": {"sets": {"/note": "00000000000000000000000000000000"}, "removed": [], "deny": [], "warn": []},
}

cases_of_audit := {
	"an audit log that is false": {"sets": {"/observability/audit_log/enabled": false}, "removed": [], "deny": ["audit-enabled #/observability/audit_log/enabled"], "warn": []},
	"an audit log that is \"true\"": {"sets": {"/observability/audit_log/enabled": "true"}, "removed": [], "deny": ["audit-enabled #/observability/audit_log/enabled"], "warn": []},
	"an audit log that is 1": {"sets": {"/observability/audit_log/enabled": 1}, "removed": [], "deny": ["audit-enabled #/observability/audit_log/enabled"], "warn": []},
	"an audit log to \"\"": {"sets": {"/observability/audit_log/destination": ""}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"an audit log to \"nowhere\"": {"sets": {"/observability/audit_log/destination": "nowhere"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"an audit log to [\"syslog\"]": {"sets": {"/observability/audit_log/destination": ["syslog"]}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"an audit log to true": {"sets": {"/observability/audit_log/destination": true}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"an audit log to \"Syslog\"": {"sets": {"/observability/audit_log/destination": "Syslog"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"syslog without an address": {"sets": {}, "removed": ["/observability/audit_log/syslog_address"], "deny": ["audit-destination #/observability/audit_log/syslog_address"], "warn": []},
	"syslog with an empty address": {"sets": {"/observability/audit_log/syslog_address": " "}, "removed": [], "deny": ["audit-destination #/observability/audit_log/syslog_address"], "warn": []},
	"Splunk without a URL": {"sets": {"/observability/audit_log/destination": "splunk"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/splunk_url"], "warn": []},
	"cloudwatch with its address": {"sets": {"/observability/audit_log/destination": "cloudwatch", "/observability/audit_log/cloudwatch_group": "x"}, "removed": [], "deny": [], "warn": []},
	"cloudwatch without its address": {"sets": {"/observability/audit_log/destination": "cloudwatch"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/cloudwatch_group"], "warn": []},
	"gcp_logging with its address": {"sets": {"/observability/audit_log/destination": "gcp_logging", "/observability/audit_log/gcp_project": "x"}, "removed": [], "deny": [], "warn": []},
	"gcp_logging without its address": {"sets": {"/observability/audit_log/destination": "gcp_logging"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/gcp_project"], "warn": []},
	"azure_monitor with its address": {"sets": {"/observability/audit_log/destination": "azure_monitor", "/observability/audit_log/workspace_id": "x"}, "removed": [], "deny": [], "warn": []},
	"azure_monitor without its address": {"sets": {"/observability/audit_log/destination": "azure_monitor"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/workspace_id"], "warn": []},
	"elasticsearch with its address": {"sets": {"/observability/audit_log/destination": "elasticsearch", "/observability/audit_log/elasticsearch_url": "x"}, "removed": [], "deny": [], "warn": []},
	"elasticsearch without its address": {"sets": {"/observability/audit_log/destination": "elasticsearch"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/elasticsearch_url"], "warn": []},
	"datadog with its address": {"sets": {"/observability/audit_log/destination": "datadog", "/observability/audit_log/datadog_site": "x"}, "removed": [], "deny": [], "warn": []},
	"datadog without its address": {"sets": {"/observability/audit_log/destination": "datadog"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/datadog_site"], "warn": []},
	"splunk with its address": {"sets": {"/observability/audit_log/destination": "splunk", "/observability/audit_log/splunk_url": "x"}, "removed": [], "deny": [], "warn": []},
	"splunk without its address": {"sets": {"/observability/audit_log/destination": "splunk"}, "removed": [], "deny": ["audit-destination #/observability/audit_log/splunk_url"], "warn": []},
	"a file in production": {"sets": {"/observability/audit_log/destination": "file", "/observability/audit_log/file_path": "/var/log/audit.log"}, "removed": [], "deny": [], "warn": ["audit-destination-local #/observability/audit_log/destination"]},
	"the terminal in production": {"sets": {"/observability/audit_log/destination": "stdout"}, "removed": [], "deny": [], "warn": ["audit-destination-local #/observability/audit_log/destination"]},
	"the terminal in development": {"sets": {"/observability/audit_log/destination": "stdout", "/environment": "development", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"payloads true": {"sets": {"/observability/audit_log/include_payloads": true}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_payloads"], "warn": []},
	"payloads \"false\"": {"sets": {"/observability/audit_log/include_payloads": "false"}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_payloads"], "warn": []},
	"payloads 0": {"sets": {"/observability/audit_log/include_payloads": 0}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_payloads"], "warn": []},
	"payloads null": {"sets": {"/observability/audit_log/include_payloads": null}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_payloads"], "warn": []},
	"bodies of requests": {"sets": {"/observability/audit_log/include_request_body": true, "/observability/logging": {"include_payloads": true}}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_request_body", "audit-payloads #/observability/logging/include_payloads"], "warn": []},
	"no bodies of requests": {"sets": {"/observability/audit_log/include_request_body": false}, "removed": [], "deny": [], "warn": []},
	"the level \"warning\"": {"sets": {"/observability/audit_log/level": "warning"}, "removed": [], "deny": [], "warn": ["audit-thinned #/observability/audit_log/level"]},
	"the level \"error\"": {"sets": {"/observability/audit_log/level": "error"}, "removed": [], "deny": [], "warn": ["audit-thinned #/observability/audit_log/level"]},
	"the level null": {"sets": {"/observability/audit_log/level": null}, "removed": [], "deny": [], "warn": ["audit-thinned #/observability/audit_log/level"]},
	"the level [\"info\"]": {"sets": {"/observability/audit_log/level": ["info"]}, "removed": [], "deny": [], "warn": ["audit-thinned #/observability/audit_log/level"]},
	"a sample and events that are left out": {"sets": {"/observability/audit_log/sampling": {"enabled": true, "rate": 0.1}, "/observability/audit_log/exclude_events": ["authorization"]}, "removed": [], "deny": [], "warn": ["audit-thinned #/observability/audit_log/exclude_events", "audit-thinned #/observability/audit_log/sampling"]},
	"a level, no sample, no events left out": {"sets": {"/observability/audit_log/level": "info", "/observability/audit_log/sampling": {"enabled": false}, "/observability/audit_log/exclude_events": []}, "removed": [], "deny": [], "warn": []},
	"fields without timestamp": {"sets": {"/observability/audit_log/fields": ["caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without caller_spiffe_id": {"sets": {"/observability/audit_log/fields": ["timestamp", "callee_spiffe_id", "capability", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without callee_spiffe_id": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "capability", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without capability": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without action": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without decision": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields without trace_id": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"more fields": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id", "reason", "span_id"]}, "removed": [], "deny": [], "warn": []},
	"a field twice": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id", "action"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields/7"], "warn": []},
	"a field that is nothing": {"sets": {"/observability/audit_log/fields": ["timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id", null]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields/7"], "warn": []},
	"fields in another case": {"sets": {"/observability/audit_log/fields": ["Timestamp", "caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields as a mapping": {"sets": {"/observability/audit_log/fields": {"timestamp": true, "caller_spiffe_id": true, "callee_spiffe_id": true, "capability": true, "action": true, "decision": true, "trace_id": true}}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"fields as one text": {"sets": {"/observability/audit_log/fields": "timestamp,caller_spiffe_id,callee_spiffe_id,capability,action,decision,trace_id"}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
	"a whole section that is a list": {"sets": {"/transport": [{"tls_min_version": "1.3", "cipher_suites": ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"], "verify_peer": true, "require_client_cert": true}]}, "removed": [], "deny": ["cipher-suites #/transport/0/cipher_suites", "cipher-suites #/transport/cipher_suites", "key-spelling #/transport/0/cipher_suites", "key-spelling #/transport/0/tls_min_version", "require-client-cert #/transport/require_client_cert", "tls-min-version #/transport/tls_min_version", "verify-peer #/transport/verify_peer"], "warn": []},
}

all_cases := [cases_of_identity, cases_of_trust_domains, cases_of_lifetimes_and_pins, cases_of_authorization, cases_of_transport, cases_of_switches, cases_of_spelling, cases_of_secrets, cases_of_values, cases_of_audit]
