# METADATA
# title: The checks of configurations, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a second.
package agentweave.config_cases_test

import data.agentweave.config
import data.agentweave.config_keys_test
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

all_cases := array.concat([cases_of_identity, cases_of_trust_domains, cases_of_lifetimes_and_pins, cases_of_authorization, cases_of_transport, cases_of_audit], config_keys_test.all_cases)
