# METADATA
# title: Tests of the checks of configurations
package agentweave.config_test

import data.agentweave.config

good := {
	"environment": "production",
	"agent": {
		"name": "orchestrator",
		"trust_domain": "example.com",
		"capabilities": [
			{
				"name": "plan",
				"description": "Splits a task and hands out its parts",
				"input_modes": [
					"application/json",
				],
				"timeout_seconds": 120,
			},
		],
	},
	"identity": {
		"provider": "spire",
		"spiffe_id": "spiffe://example.com/agent/orchestrator/production",
		"socket_path": "/run/spire/sockets/agent.sock",
		"svid_ttl_seconds": 3600,
		"allowed_trust_domains": [
			"example.com",
			"partner.trusted-org.com",
		],
		"trust_bundle_pins": [
			"sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
		],
	},
	"authorization": {
		"provider": "opa",
		"opa_url": "http://localhost:8181",
		"policy_path": "agentweave/authz",
		"default_action": "deny",
	},
	"transport": {
		"tls_min_version": "1.3",
		"cipher_suites": [
			"TLS_AES_256_GCM_SHA384",
			"TLS_CHACHA20_POLY1305_SHA256",
		],
		"verify_peer": true,
		"require_client_cert": true,
	},
	"server": {
		"host": "0.0.0.0",
		"port": 8443,
	},
	"database": {
		"host": "db.example.com",
		"user": "orchestrator",
		"password_env": "DB_PASSWORD",
	},
	"observability": {
		"metrics": {
			"enabled": true,
			"port": 9090,
		},
		"audit_log": {
			"enabled": true,
			"destination": "syslog",
			"syslog_address": "logs.example.com:6514",
			"syslog_protocol": "tls",
			"syslog_tls_verify": true,
			"include_payloads": false,
			"fields": [
				"timestamp",
				"caller_spiffe_id",
				"callee_spiffe_id",
				"capability",
				"action",
				"decision",
				"trace_id",
			],
		},
	},
}

changed(sets, removed) := json.patch(good, array.concat(
	[{"op": "remove", "path": path} | some path in removed],
	[{"op": "add", "path": path, "value": value} | some path, value in sets],
))

test_the_good_one_has_no_finding if {
	config.summary == {"deny": [], "warn": []} with input as good
	config.compliant with input as good
}

# One change to the good one, and what is found. The tables in testcases/agentweave-config have hundreds more.

test_production_with_the_provider_mock if {
	document := changed({"/identity/provider": "mock"}, [])
	config.summary == {"deny": ["identity-provider #/identity/provider"], "warn": []} with input as document
}

test_production_with_the_provider_spiffe if {
	document := changed({"/identity/provider": "spiffe"}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_development_may_mock if {
	document := changed({"/environment": "development", "/identity/provider": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_a_key_for_a_mock_that_is_off if {
	document := changed({"/identity/use_mock": false}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_a_fallback_in_development if {
	document := changed({"/environment": "development", "/identity/fallback": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_development_with_certificates if {
	document := changed({"/environment": "development", "/identity/provider": "mtls-static", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_an_id_without_an_environment if {
	document := changed({"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator"}, [])
	config.summary == {"deny": ["spiffe-id #/identity/spiffe_id"], "warn": []} with input as document
}

test_the_id_of_another_environment if {
	document := changed({"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, [])
	config.summary == {"deny": ["spiffe-id-environment #/identity/spiffe_id"], "warn": []} with input as document
}

test_the_id_of_an_unlisted_trust_domain if {
	document := changed({"/identity/spiffe_id": "spiffe://other.com/agent/orchestrator/production"}, [])
	config.summary == {"deny": ["trust-domain-own #/agent/trust_domain", "trust-domain-own #/identity/allowed_trust_domains"], "warn": []} with input as document
}

test_an_agent_that_names_no_trust_domain if {
	document := changed({}, ["/agent/trust_domain"])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_an_agent_that_is_nothing if {
	document := changed({"/agent": null}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_no_trust_domains if {
	document := changed({"/identity/allowed_trust_domains": []}, [])
	config.summary == {"deny": ["trust-domain-own #/identity/allowed_trust_domains", "trust-domains #/identity/allowed_trust_domains"], "warn": []} with input as document
}

test_callers_by_name if {
	document := changed({"/authorization/allowed_callers": ["search", 5, "a*"]}, [])
	config.summary == {"deny": [], "warn": []} with input as document
}

test_an_svid_of_3601 if {
	document := changed({"/identity/svid_ttl_seconds": 3601}, [])
	config.summary == {"deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []} with input as document
}

test_an_unknown_environment_has_the_limits_of_production if {
	document := changed({"/environment": "test", "/identity/svid_ttl_seconds": 14400, "/identity/provider": "mock"}, [])
	config.summary == {"deny": ["environment #/environment", "identity-provider #/identity/provider", "svid-ttl #/identity/svid_ttl_seconds"], "warn": []} with input as document
}

test_a_pin_short if {
	document := changed({"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:abcd1234"]}, [])
	config.summary == {"deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []} with input as document
}

test_a_pin_in_capitals if {
	document := changed({"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE"]}, [])
	config.summary == {"deny": ["secret-value #/identity/trust_bundle_pins/1", "trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []} with input as document
}

test_the_default_action_allow if {
	document := changed({"/authorization/default_action": "allow"}, [])
	config.summary == {"deny": ["default-action #/authorization/default_action"], "warn": []} with input as document
}

test_the_authorization_allow_all if {
	document := changed({"/authorization/provider": "allow-all"}, [])
	config.summary == {"deny": ["authorization-provider #/authorization/provider"], "warn": []} with input as document
}

test_opa_at_http_opa_example_com_8181 if {
	document := changed({"/authorization/opa_url": "http://opa.example.com:8181"}, [])
	config.summary == {"deny": ["opa-url #/authorization/opa_url"], "warn": []} with input as document
}

test_tls_1_2_without_a_reason if {
	document := changed({"/transport/tls_min_version": "1.2", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, [])
	config.summary == {"deny": ["tls-min-version #/transport/tls_min_version"], "warn": []} with input as document
}

test_tls_1_2_without_suites if {
	document := changed({"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May"}, ["/transport/cipher_suites"])
	config.summary == {"deny": ["cipher-suites #/transport/cipher_suites"], "warn": []} with input as document
}

test_tls_1_3_without_suites if {
	document := changed({}, ["/transport/cipher_suites"])
	config.summary == {"deny": [], "warn": ["cipher-suites-listed #/transport/cipher_suites"]} with input as document
}

test_verify_peer_false if {
	document := changed({"/transport/verify_peer": false}, [])
	config.summary == {"deny": ["verify-peer #/transport/verify_peer"], "warn": []} with input as document
}

test_require_client_cert_false if {
	document := changed({"/transport/require_client_cert": false}, [])
	config.summary == {"deny": ["require-client-cert #/transport/require_client_cert"], "warn": []} with input as document
}

test_security_that_is_disabled if {
	document := changed({"/security": {"enabled": false}}, [])
	config.summary == {"deny": ["security-switch #/security/enabled"], "warn": []} with input as document
}

test_a_second_verify_peer_in_capitals if {
	document := changed({"/transport/Verify_Peer": true}, [])
	config.summary == {"deny": ["key-spelling #/transport/Verify_Peer"], "warn": []} with input as document
}

test_the_key_observability_audit_log_include_payloads_in_capitals if {
	document := changed({"/observability/audit_log/INCLUDE_PAYLOADS": "x"}, [])
	config.summary == {"deny": ["audit-payloads #/observability/audit_log/INCLUDE_PAYLOADS", "key-spelling #/observability/audit_log/INCLUDE_PAYLOADS"], "warn": []} with input as document
}

test_the_secret_password if {
	document := changed({"/database": {"password": "hunter2"}}, [])
	config.summary == {"deny": ["secret-literal #/database/password"], "warn": []} with input as document
}

test_an_audit_log_that_is_false if {
	document := changed({"/observability/audit_log/enabled": false}, [])
	config.summary == {"deny": ["audit-enabled #/observability/audit_log/enabled"], "warn": []} with input as document
}

test_an_audit_log_to if {
	document := changed({"/observability/audit_log/destination": ""}, [])
	config.summary == {"deny": ["audit-destination #/observability/audit_log/destination"], "warn": []} with input as document
}

test_a_file_in_production if {
	document := changed({"/observability/audit_log/destination": "file", "/observability/audit_log/file_path": "/var/log/audit.log"}, [])
	config.summary == {"deny": [], "warn": ["audit-destination-local #/observability/audit_log/destination"]} with input as document
}

test_the_level_warning if {
	document := changed({"/observability/audit_log/level": "warning"}, [])
	config.summary == {"deny": [], "warn": ["audit-thinned #/observability/audit_log/level"]} with input as document
}

test_fields_without_timestamp if {
	document := changed({"/observability/audit_log/fields": ["caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id"]}, [])
	config.summary == {"deny": ["audit-fields #/observability/audit_log/fields"], "warn": []} with input as document
}

# What is no configuration at all.

test_no_configuration[name] if {
	some name, document in {"null": null, "a text": "x", "a number": 1, "true": true, "an empty list": [], "a list": [good]}
	config.summary == {"deny": ["document-not-object #"], "warn": []} with input as document
}

test_no_input if config.summary.deny == ["document-not-object #"]

test_no_input_is_not_compliant if config.compliant == false

test_an_empty_mapping_misses_everything if count(config.deny) == 15 with input as {}

# Files.

entry(path, sets) := {"path": path, "contents": changed(sets, [])}

test_each_file_is_judged if {
	files := [entry("a/production.yaml", {}), entry("b.yaml", {"/authorization/default_action": "allow"})]
	config.summary.deny == ["default-action b.yaml#/authorization/default_action"] with input as files
}

test_the_finding_names_file_and_document if {
	files := [entry("a.yaml", {}), entry("b.yaml", {"/authorization/default_action": "allow"})]
	found := config.deny with input as files
	found == {{
		"msg": "authorization.default_action is not deny",
		"rule": "default-action",
		"path": ["authorization", "default_action"],
		"file": "b.yaml",
		"document": 1,
		"why": "whatever nobody thought of is allowed otherwise",
		"help": "default_action: deny",
	}}
}

test_a_file_without_contents if {
	config.summary.deny == ["document-not-object a.yaml#"] with input as [{"path": "a.yaml", "contents": null}]
}

test_a_list_that_is_not_of_files[kind] if {
	some kind, list in {
		"one without a path": [entry("a.yaml", {}), good],
		"a path that is a number": [{"path": 1, "contents": good}],
		"no contents": [{"path": "a.yaml"}],
	}
	config.summary.deny == ["document-not-object #"] with input as list
}

test_the_name_of_the_file if {
	config.summary.deny == ["environment-file a/config.Staging.yaml#/environment"] with input as [entry("a/config.Staging.yaml", {})]
}

test_the_words_in_names_of_files if {
	words := {word: config.environments_of_file(sprintf("%s.yaml", [word])) |
		some word in ["production", "prod", "staging", "stage", "development", "dev", "base"]
	}
	words == {
		"production": {"production"},
		"prod": {"production"},
		"staging": {"staging"},
		"stage": {"staging"},
		"development": {"development"},
		"dev": {"development"},
		"base": set(),
	}
}

test_a_key_in_another_place_is_told_once if {
	count(config.deny) == 1 with input as changed({"/federation": {"allowed_trust_domains": ["a.com"]}}, [])
}

test_the_name_that_conftest_tells if {
	config.summary.deny == ["environment-file staging.yaml#/environment"] with input as good
		with data.conftest.file.name as "staging.yaml"
}

# What is said.

test_each_rule_is_explained if {
	found := config.deny | config.warn with input as changed({"/environment": "x", "/a": {"skip_authz": 1}}, [])
	every finding in found {
		finding.why != ""
		finding.help != ""
		finding.msg != ""
	}
}

test_no_finding_repeats_a_secret if {
	found := config.deny with input as changed({"/database": {"password": "hunter2", "note": "Bearer hunter22"}}, [])
	count(found) == 2
	not contains(json.marshal(found), "hunter2")
}
