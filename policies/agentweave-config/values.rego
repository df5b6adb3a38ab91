# What good values are.
# Lists, limits and forms of the configuration.

package agentweave.config

# METADATA
# title: Where identities may come from
# scope: document
providers := {
	"production": {"spire", "spiffe"},
	"staging": {"spire", "spiffe"},
	"development": {"spire", "spiffe", "mtls-static", "mock"},
}

# METADATA
# title: How long an SVID may live, in seconds
# scope: document
longest_ttl := {"production": 3600, "staging": 14400, "development": 28800}

# METADATA
# title: How SPIFFE IDs name the environments
# scope: document
environment_in_ids := {"production": "production", "staging": "staging", "development": "dev"}

# METADATA
# title: Words in file names that say which environment a file is for
# scope: document
environment_words := {
	"production": "production",
	"prod": "production",
	"staging": "staging",
	"stage": "staging",
	"development": "development",
	"dev": "development",
}

# METADATA
# title: Cipher suites of TLS 1.3
# scope: document
cipher_suites_13 := {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}

# METADATA
# title: Cipher suites of TLS 1.2 with forward secrecy and authenticated encryption
# scope: document
cipher_suites_12 := {
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
}

# METADATA
# title: What each entry of the audit log has to say
# scope: document
audit_fields := {
	"timestamp",
	"caller_spiffe_id",
	"callee_spiffe_id",
	"capability",
	"action",
	"decision",
	"trace_id",
}

# METADATA
# title: Destinations of the audit log, each with the keys that it needs
# scope: document
destinations := {
	"syslog": {"syslog_address"},
	"file": {"file_path"},
	"stdout": set(),
	"cloudwatch": {"cloudwatch_group"},
	"gcp_logging": {"gcp_project"},
	"azure_monitor": {"workspace_id"},
	"splunk": {"splunk_url"},
	"elasticsearch": {"elasticsearch_url"},
	"datadog": {"datadog_site"},
}

# METADATA
# title: Where the trust domains stand
# scope: document
trust_domains_path := ["identity", "allowed_trust_domains"]

# METADATA
# title: Where the audit log is described
# scope: document
audit_path := ["observability", "audit_log"]

# METADATA
# title: Every key that is read, with the path to it
# scope: document
known_paths := {
	["environment"],
	["agent"],
	["agent", "trust_domain"],
	["identity"],
	["identity", "provider"],
	["identity", "spiffe_id"],
	["identity", "allowed_trust_domains"],
	["identity", "svid_ttl_seconds"],
	["identity", "trust_bundle_pins"],
	["authorization"],
	["authorization", "provider"],
	["authorization", "default_action"],
	["authorization", "opa_url"],
	["authorization", "opa_endpoint"],
	["transport"],
	["transport", "tls_min_version"],
	["transport", "tls_legacy_reason"],
	["transport", "cipher_suites"],
	["transport", "verify_peer"],
	["transport", "require_client_cert"],
	["observability"],
	["observability", "audit_log"],
	["observability", "audit_log", "enabled"],
	["observability", "audit_log", "destination"],
	["observability", "audit_log", "include_payloads"],
	["observability", "audit_log", "fields"],
}

# METADATA
# title: Keys that mean one thing only, so that they may stand in one place only
# scope: document
unique_keys := {
	"spiffe_id",
	"allowed_trust_domains",
	"svid_ttl_seconds",
	"trust_bundle_pins",
	"default_action",
	"opa_url",
	"opa_endpoint",
	"tls_min_version",
	"tls_legacy_reason",
	"cipher_suites",
	"audit_log",
}

# METADATA
# title: Forms that keys, tokens and passwords have
# scope: document
secret_forms := {
	`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`,
	`\b(AKIA|ASIA)[0-9A-Z]{16}\b`,
	`\bgh[pousr]_[A-Za-z0-9]{20,}`,
	`\bgithub_pat_[A-Za-z0-9_]{20,}`,
	`\bglpat-[A-Za-z0-9_-]{16,}`,
	`\bxox[abeprs]-[A-Za-z0-9-]{10,}`,
	`\bsk[-_][A-Za-z0-9_-]{16,}`,
	`\bAIza[A-Za-z0-9_-]{30,}`,
	`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
	`\bnpm_[A-Za-z0-9]{30,}`,
	`\bhvs\.[A-Za-z0-9_-]{16,}`,
	`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}`,
	`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{6,}`,
	`(?i)[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@`,
	`(?i)[?&;](password|passwd|pwd|secret|token|access_token|api_?key|sig|signature)=[^&\s$]`,
	`(?i)(password|passwd|pwd|secret|api_?key|access_?key)[ \t]*[=:][ \t]*["']?[^\s$"'{]`,
}

# METADATA
# title: Names that hold a secret when they are part of a key
# scope: document
secret_words := `password|passwd|passphrase|passcode|secret|token|apikey|accesskey|privatekey|signingkey|encryptionkey|sharedkey|masterkey|hmackey|licensekey|accountkey|workspacekey|credential|bearer|connectionstring`

# METADATA
# title: Switches that would turn security off, in the plain form of their names
# scope: document
switch_forms := {
	`(disable|skip|bypass|insecure|unsafe|suppress)[a-z]*(tls|ssl|auth|security|verif|valid|hostname|cert|peer|polic|opa|audit|encrypt|identity|signature)`,
	`^(no|ignore|without)(m?tls|ssl|auth|security|verif|hostname|cert|peer|polic|opa|audit|encrypt|identity|signature)`,
	`(tls|ssl|authn?|authz|authentication|authorization|security|verification|encryption|policy|audit|auditlog)(disabled|off|bypass|skip|skipped|optional)$`,
	`^insecure`,
	`^(allow|trust|accept|permit)(all|any|anyone|everyone|everything|insecure|unauthenticated|anonymous|selfsigned|unsigned|unknown)`,
	`^dangerous`,
	`^(anonymous|unauthenticated|permissive)$`,
}

# METADATA
# title: Switches that are only good when they are true, in the plain form of their names
# scope: document
guard_forms := {
	`^[a-z]*verify(peer|peers|tls|ssl|hostname|host|certs?|certificates?|signatures?)?$`,
	`^requireclientcert(ificate)?s?$`,
	`^(verify|check)hostname$`,
	`^(enable|require|enforce)(m?tls|ssl|authn?|authz|authentication|authorization|security|audit|auditlog|encryption)$`,
	`^(m?tls|ssl|authn?|authz|authentication|authorization|security|audit|auditlog|encryption)(enabled|required|enforced)$`,
}

# METADATA
# title: Sections that have no switch, in the plain form of their names
# scope: document
guarded_sections := {
	"security",
	"tls",
	"mtls",
	"ssl",
	"auth",
	"authn",
	"authz",
	"authentication",
	"authorization",
	"identity",
	"transport",
	"verification",
	"encryption",
	"policy",
	"opa",
}
