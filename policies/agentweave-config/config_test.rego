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

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := config.summary with input as document
}

test_first_changes[name] if {
	some name, case in first_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

first_changes := {
	"production with the provider mock": {"sets": {"/identity/provider": "mock"}, "removed": [], "deny": ["identity-provider #/identity/provider"], "warn": []},
	"production with the provider spiffe": {"sets": {"/identity/provider": "spiffe"}, "removed": [], "deny": [], "warn": []},
	"development may mock": {"sets": {"/environment": "development", "/identity/provider": "mock", "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"an id without an environment": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator"}, "removed": [], "deny": ["spiffe-id #/identity/spiffe_id"], "warn": []},
	"the id of another environment": {"sets": {"/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": ["spiffe-id-environment #/identity/spiffe_id"], "warn": []},
	"the id of an unlisted trust domain": {"sets": {"/identity/spiffe_id": "spiffe://other.com/agent/orchestrator/production"}, "removed": [], "deny": ["trust-domain-own #/agent/trust_domain", "trust-domain-own #/identity/allowed_trust_domains"], "warn": []},
	"an agent that names no trust domain": {"sets": {}, "removed": ["/agent/trust_domain"], "deny": [], "warn": []},
	"an agent that is nothing": {"sets": {"/agent": null}, "removed": [], "deny": [], "warn": []},
	"no trust domains": {"sets": {"/identity/allowed_trust_domains": []}, "removed": [], "deny": ["trust-domain-own #/identity/allowed_trust_domains", "trust-domains #/identity/allowed_trust_domains"], "warn": []},
}

test_second_changes[name] if {
	some name, case in second_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

second_changes := {
	"an SVID of 3601": {"sets": {"/identity/svid_ttl_seconds": 3601}, "removed": [], "deny": ["svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"an SVID of a second": {"sets": {"/identity/svid_ttl_seconds": 1}, "removed": [], "deny": [], "warn": []},
	"an SVID of four hours in staging": {"sets": {"/environment": "staging", "/identity/svid_ttl_seconds": 14400, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/staging"}, "removed": [], "deny": [], "warn": []},
	"an SVID of eight hours in development": {"sets": {"/environment": "development", "/identity/svid_ttl_seconds": 28800, "/identity/spiffe_id": "spiffe://example.com/agent/orchestrator/dev"}, "removed": [], "deny": [], "warn": []},
	"an unknown environment has the limits of production": {"sets": {"/environment": "test", "/identity/svid_ttl_seconds": 14400, "/identity/provider": "mock"}, "removed": [], "deny": ["environment #/environment", "identity-provider #/identity/provider", "svid-ttl #/identity/svid_ttl_seconds"], "warn": []},
	"no pins": {"sets": {}, "removed": ["/identity/trust_bundle_pins"], "deny": [], "warn": []},
	"a pin short": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:abcd1234"]}, "removed": [], "deny": ["trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"a pin in capitals": {"sets": {"/identity/trust_bundle_pins": ["sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "sha256:2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE"]}, "removed": [], "deny": ["secret-value #/identity/trust_bundle_pins/1", "trust-bundle-pin #/identity/trust_bundle_pins/1"], "warn": []},
	"the default action \"allow\"": {"sets": {"/authorization/default_action": "allow"}, "removed": [], "deny": ["default-action #/authorization/default_action"], "warn": []},
}

test_third_changes[name] if {
	some name, case in third_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

third_changes := {
	"the authorization \"allow-all\"": {"sets": {"/authorization/provider": "allow-all"}, "removed": [], "deny": ["authorization-provider #/authorization/provider"], "warn": []},
	"OPA at \"http://opa.example.com:8181\"": {"sets": {"/authorization/opa_url": "http://opa.example.com:8181"}, "removed": [], "deny": ["opa-url #/authorization/opa_url"], "warn": []},
	"TLS 1.2 without a reason": {"sets": {"/transport/tls_min_version": "1.2", "/transport/cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "removed": [], "deny": ["tls-min-version #/transport/tls_min_version"], "warn": []},
	"TLS 1.2 without suites": {"sets": {"/transport/tls_min_version": "1.2", "/transport/tls_legacy_reason": "the scanner of finance can't do better until May"}, "removed": ["/transport/cipher_suites"], "deny": ["cipher-suites #/transport/cipher_suites"], "warn": []},
	"TLS 1.3 without suites": {"sets": {}, "removed": ["/transport/cipher_suites"], "deny": [], "warn": ["cipher-suites-listed #/transport/cipher_suites"]},
	"verify_peer false": {"sets": {"/transport/verify_peer": false}, "removed": [], "deny": ["verify-peer #/transport/verify_peer"], "warn": []},
	"require_client_cert false": {"sets": {"/transport/require_client_cert": false}, "removed": [], "deny": ["require-client-cert #/transport/require_client_cert"], "warn": []},
	"security that is disabled": {"sets": {"/security": {"enabled": false}}, "removed": [], "deny": ["security-switch #/security/enabled"], "warn": []},
	"a second verify_peer in capitals": {"sets": {"/transport/Verify_Peer": true}, "removed": [], "deny": ["key-spelling #/transport/Verify_Peer"], "warn": []},
}

test_fourth_changes[name] if {
	some name, case in fourth_changes
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

fourth_changes := {
	"the secret password": {"sets": {"/database": {"password": "hunter2"}}, "removed": [], "deny": ["secret-literal #/database/password"], "warn": []},
	"an audit log that is false": {"sets": {"/observability/audit_log/enabled": false}, "removed": [], "deny": ["audit-enabled #/observability/audit_log/enabled"], "warn": []},
	"an audit log to \"\"": {"sets": {"/observability/audit_log/destination": ""}, "removed": [], "deny": ["audit-destination #/observability/audit_log/destination"], "warn": []},
	"a file in production": {"sets": {"/observability/audit_log/destination": "file", "/observability/audit_log/file_path": "/var/log/audit.log"}, "removed": [], "deny": [], "warn": ["audit-destination-local #/observability/audit_log/destination"]},
	"payloads true": {"sets": {"/observability/audit_log/include_payloads": true}, "removed": [], "deny": ["audit-payloads #/observability/audit_log/include_payloads"], "warn": []},
	"fields without timestamp": {"sets": {"/observability/audit_log/fields": ["caller_spiffe_id", "callee_spiffe_id", "capability", "action", "decision", "trace_id"]}, "removed": [], "deny": ["audit-fields #/observability/audit_log/fields"], "warn": []},
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
