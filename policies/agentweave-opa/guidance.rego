# What is said about each rule.

package agentweave.opa

# METADATA
# title: Why each rule is there, and what to write instead
# scope: document
guidance := {
	"opa-unreadable": {
		"why": "what can't be read can't be judged",
		"help": "give it a configuration file of OPA, or manifests",
	},
	"opa-missing": {
		"why": "nothing was judged",
		"help": "give it a configuration file of OPA, or manifests that run it",
	},
	"key-spelling": {
		"why": "OPA ignores sections in another case, and takes settings in any, so that readers see something else than it does",
		"help": "spell it in lower case, once",
	},
	"services": {
		"why": "a bundle or log without a service goes nowhere",
		"help": "services: {bundles: {url: https://policies.example.com}}",
	},
	"service-tls": {
		"why": "who can change bundles on their way decides every call",
		"help": "url: https://policies.example.com",
	},
	"secret-literal": {
		"why": "whoever reads the file can act as OPA",
		"help": "${BUNDLE_TOKEN}, which OPA takes from its environment, or token_path",
	},
	"bundles": {
		"why": "policies that lie on the machine are changed there, unsigned and unseen",
		"help": "bundles: {authz: {service: bundles, resource: authz.tar.gz, signing: {keyid: release}}}",
	},
	"bundle-service": {
		"why": "the bundle is never downloaded, and OPA decides without it",
		"help": "name one of services",
	},
	"bundle-signing": {
		"why": "whoever can write to the server or between decides every call",
		"help": "signing: {keyid: release}, without exclude_files",
	},
	"bundle-key": {
		"why": "with a shared secret every OPA can sign bundles",
		"help": "algorithm: ES256 with the public key",
	},
	"bundle-polling": {
		"why": "a ban takes effect when the next bundle is loaded",
		"help": "polling: {min_delay_seconds: 30, max_delay_seconds: 60}",
	},
	"decision-logs": {
		"why": "without them nobody can say what was decided, and by which bundle",
		"help": "decision_logs: {service: logs}, without drop_decision",
	},
	"authentication": {
		"why": "whoever reaches the port is anybody",
		"help": "--authentication=token, or tls with --tls-ca-cert-file",
	},
	"authorization": {
		"why": "whoever reaches the port may read and replace policies",
		"help": "--authorization=basic, and a policy system.authz",
	},
	"listen-address": {
		"why": "the API is open to the network, and what is asked can be read and changed",
		"help": "--addr=localhost:8181, or --tls-cert-file and --tls-private-key-file",
	},
	"run-flags": {
		"why": "what was checked in the file is not what runs",
		"help": "delete the flag, and write it into the file",
	},
	"run-unseen": {
		"why": "authentication and authorization are flags of opa run, and not in the file",
		"help": "give the manifest that runs it too (conftest --combine)",
	},
	"config-unseen": {
		"why": "bundles, services and logs are in the file, and not in the manifest",
		"help": "give the configuration too (conftest --combine)",
	},
}
