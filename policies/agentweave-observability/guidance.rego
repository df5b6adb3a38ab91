# What is said about each rule.

package agentweave.observability

# METADATA
# title: Why each rule is there, and what to write instead
# scope: document
guidance := {
	"rules-unreadable": {
		"why": "Prometheus refuses the whole file, and no alert of it is there",
		"help": "groups: a list of {name, rules}, each rule with alert or record, and expr",
	},
	"group-duplicate": {
		"why": "Prometheus refuses the whole file, and no alert of it is there",
		"help": "give each group a name of its own",
	},
	"alert-svid-rotation": {
		"why": "an agent that can't renew its identity stops when the SVID ends, and an attack on SPIRE looks just so",
		"help": "alert: SVIDRotationFailed with expr: agentweave_svid_rotation_errors_total > 0",
	},
	"alert-svid-expiry": {
		"why": "the last warning before an agent loses its identity",
		"help": "alert: SVIDNearExpiry with expr: agentweave_svid_ttl_seconds < 300",
	},
	"alert-denials": {
		"why": "many denials are an agent that probes, or a policy that broke",
		"help": "alert: HighAuthzDenialRate with expr: rate(agentweave_authz_denied_total[5m]) > 10 and for: 5m",
	},
	"alert-unknown-caller": {
		"why": "nobody unknown should ever come so far as to be denied",
		"help": "alert: UnknownCallerAttempt with expr: agentweave_authz_denied_total{reason=\"unknown_caller\"} > 0",
	},
	"alert-capability": {
		"why": "an agent that was taken over uses what it seldom needed",
		"help": "alert: UnusualCapabilityUsage with expr: rate(agentweave_capability_calls_total{capability=\"admin\"}[1h]) > 1",
	},
	"alert-described": {
		"why": "who is woken has to know what happened",
		"help": "annotations: {summary: SVID rotation failed}",
	},
	"alert-severity": {
		"why": "what has no severity is routed to nobody",
		"help": "labels: {severity: critical}",
	},
}
