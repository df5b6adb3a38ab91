# What is said about each rule.

package agentweave.config

# METADATA
# title: Why each rule is there, and what to write instead
# scope: document
guidance := {
	"document-not-object": {
		"why": "what can't be read can't be judged, and an agent that starts with it runs with defaults",
		"help": "give one configuration a document, with the sections environment, identity, authorization, transport and observability",
	},
	"environment": {
		"why": "every limit depends on the environment; without it production is assumed",
		"help": "environment: production",
	},
	"environment-file": {
		"why": "a file for production that says it is for development is judged by the wrong limits",
		"help": "make the key and the name of the file agree",
	},
	"identity-provider": {
		"why": "a mock identity is whoever it says, and static certificates never rotate",
		"help": "provider: spire",
	},
	"spiffe-id": {
		"why": "an id without role and environment is shared, and what is granted to one of its holders is granted to all",
		"help": "spiffe_id: spiffe://example.com/agent/data-processor/production",
	},
	"spiffe-id-environment": {
		"why": "an agent of one environment with the id of another gets what is granted there",
		"help": "end the id with /production, /staging or /dev, as the environment is",
	},
	"trust-domains": {
		"why": "whoever issues identities in a trusted domain can call; a wildcard trusts every issuer",
		"help": "list each trust domain by its whole name, such as example.com",
	},
	"trust-domain-own": {
		"why": "an agent that does not trust its own domain talks to none of its peers, or was copied from elsewhere",
		"help": "list the trust domain of identity.spiffe_id, and give agent.trust_domain the same value",
	},
	"svid-ttl": {
		"why": "a stolen key is good for as long as its SVID lives",
		"help": "svid_ttl_seconds: 3600",
	},
	"trust-bundle-pin": {
		"why": "a pin of another form can't match, so it is ignored or stops every connection",
		"help": "sha256: and the 64 digits that sha256sum prints for the bundle",
	},
	"default-action": {
		"why": "whatever nobody thought of is allowed otherwise",
		"help": "default_action: deny",
	},
	"authorization-provider": {
		"why": "other providers allow every call",
		"help": "provider: opa",
	},
	"opa-url": {
		"why": "who can answer in place of OPA decides every call",
		"help": "opa_url: http://localhost:8181 for a sidecar, https:// for any other machine",
	},
	"tls-min-version": {
		"why": "older versions have known attacks and no encrypted handshake",
		"help": "tls_min_version: \"1.3\", in quotes",
	},
	"cipher-suites": {
		"why": "other suites lack forward secrecy or authenticated encryption",
		"help": "take those of the README; with TLS 1.2 the list is required",
	},
	"verify-peer": {
		"why": "without it anybody can be the other side",
		"help": "verify_peer: true",
	},
	"require-client-cert": {
		"why": "callers without a certificate have no identity to decide by",
		"help": "require_client_cert: true",
	},
	"security-switch": {
		"why": "AgentWeave has no such option; whatever reads it turns a check off, and readers take it for allowed",
		"help": "delete it; for tests use environment: development with provider: mock",
	},
	"key-spelling": {
		"why": "a key that some read and others ignore leaves a default in force that nobody sees",
		"help": "spell the key as the README does, at the place where it belongs",
	},
	"secret-literal": {
		"why": "whoever reads the repository or the file has the secret, for ever",
		"help": "name the variable that holds it: password_env: DB_PASSWORD",
	},
	"secret-value": {
		"why": "whoever reads the repository or the file has the secret, for ever",
		"help": "revoke it, and name the variable that holds the new one in a key that ends with _env",
	},
	"audit-enabled": {
		"why": "without the log nobody can say afterwards who called what",
		"help": "enabled: true",
	},
	"audit-destination": {
		"why": "a log without a place to go to is lost",
		"help": "destination: syslog with syslog_address: logs.example.com:6514",
	},
	"audit-payloads": {
		"why": "payloads hold personal data and secrets, and logs are read by many",
		"help": "include_payloads: false",
	},
	"audit-fields": {
		"why": "an entry without one of them does not say who called whom for what, or can't be joined with its trace",
		"help": "list timestamp, caller_spiffe_id, callee_spiffe_id, capability, action, decision and trace_id, each once",
	},
	"cipher-suites-listed": {
		"why": "the suites of TLS 1.3 are all strong, but a list says which ones were meant",
		"help": "list those of the README",
	},
	"audit-thinned": {
		"why": "what was left out can't be looked up after an incident",
		"help": "level: info, without sampling and exclude_events",
	},
	"audit-destination-local": {
		"why": "whoever takes over the machine can change what it says about them",
		"help": "destination: syslog, or another one that is elsewhere",
	},
}
