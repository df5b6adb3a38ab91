# METADATA
# title: Real configurations, and what is found in them
# description: The documents are in testdata, where portcullis test finds them.
package agentweave.config_examples_test

import data.agentweave.config
import data.testdata.config as examples

test_good[name] if {
	some name, document in examples.good
	config.summary == {"deny": [], "warn": []} with input as document
}

test_good_together if {
	config.summary == {"deny": [], "warn": []} with input as together(examples.good)
}

test_all_together if {
	documents := array.concat(together(examples.good), together(examples.bad))
	count(config.deny) == sum([count(found.deny) | some found in expected]) + 1 with input as documents
	"environment-file production-from-staging#/environment" in config.summary.deny with input as documents
}

together(documents) := [{"path": name, "contents": document} | some name, document in documents]

test_bad[name] if {
	some name, document in examples.bad
	config.summary == expected[name] with input as document
}

test_bad_is_not_compliant[name] if {
	some name, document in examples.bad
	config.compliant == false with input as document
}

expected := {
	"leaked-secrets": {
		"deny": [
			"secret-literal #/database/password",
			"secret-literal #/observability/audit_log/splunk_token",
			"secret-literal #/observability/tracing/headers/x-api-key",
			"secret-literal #/storage/access_key_id",
			"secret-value #/database/url",
			"secret-value #/observability/tracing/headers/x-api-key",
			"secret-value #/storage/access_key_id",
		],
		"warn": [],
	},
	"mock-in-production": {
		"deny": [
			"audit-destination #/observability/audit_log/destination",
			"audit-enabled #/observability/audit_log/enabled",
			"audit-fields #/observability/audit_log/fields",
			"audit-payloads #/observability/audit_log/include_payloads",
			"cipher-suites #/transport/cipher_suites",
			"default-action #/authorization/default_action",
			"identity-provider #/identity/provider",
			"opa-url #/authorization/opa_url",
			"require-client-cert #/transport/require_client_cert",
			"spiffe-id #/identity/spiffe_id",
			"svid-ttl #/identity/svid_ttl_seconds",
			"tls-min-version #/transport/tls_min_version",
			"trust-domains #/identity/allowed_trust_domains",
			"verify-peer #/transport/verify_peer",
		],
		"warn": [],
	},
	"production-from-staging": {
		"deny": [
			"audit-destination #/observability/audit_log/syslog_address",
			"audit-fields #/observability/audit_log/fields",
			"audit-payloads #/observability/audit_log/include_payloads",
			"cipher-suites #/transport/cipher_suites/1",
			"spiffe-id-environment #/identity/spiffe_id",
			"tls-min-version #/transport/tls_min_version",
			"trust-bundle-pin #/identity/trust_bundle_pins/example.com",
			"trust-domain-own #/identity/allowed_trust_domains",
			"trust-domains #/identity/allowed_trust_domains/1",
		],
		"warn": [],
	},
	"switched-off": {
		"deny": [
			"audit-enabled #/observability/audit_log/enabled",
			"authorization-provider #/authorization/provider",
			"default-action #/authorization/default_action",
			"security-switch #/extra_args/1",
			"security-switch #/security/enabled",
			"security-switch #/skip_authz",
			"security-switch #/transport/outbound/0/options/insecure_skip_verify",
			"verify-peer #/transport/verify_peer",
		],
		"warn": [],
	},
	"wildcards": {
		"deny": [
			"opa-url #/authorization/opa_url",
			"spiffe-id #/identity/spiffe_id",
			"svid-ttl #/identity/svid_ttl_seconds",
			"trust-domains #/identity/allowed_trust_domains/0",
			"trust-domains #/identity/allowed_trust_domains/1",
		],
		"warn": [],
	},
	"yaml-surprises": {
		"deny": [
			"audit-enabled #/observability/audit_log/enabled",
			"audit-fields #/observability/audit_log/fields",
			"audit-payloads #/observability/audit_log/include_payloads",
			"cipher-suites #/transport/cipher_suites",
			"default-action #/authorization/default_action",
			"environment #/environment",
			"key-spelling #/transport/Verify-Peer",
			"require-client-cert #/transport/require_client_cert",
			"svid-ttl #/identity/svid_ttl_seconds",
			"tls-min-version #/transport/tls_min_version",
			"trust-domain-own #/identity/allowed_trust_domains",
			"trust-domains #/identity/allowed_trust_domains",
			"verify-peer #/transport/verify_peer",
		],
		"warn": [],
	},
}
