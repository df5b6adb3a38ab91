# What is said about each rule.

package agentweave.spire

# METADATA
# title: Why each rule is there, and what to write instead
# scope: document
guidance := {
	"entries-unreadable": {
		"why": "what can't be read can't be judged",
		"help": "give it what spire-server entry show -output json prints",
	},
	"entries-incomplete": {
		"why": "the entries of the other pages were not judged",
		"help": "take the whole list, or give all pages together",
	},
	"spiffe-id": {
		"why": "an id without role and environment is shared, and what is granted to one of its holders is granted to all",
		"help": "-spiffeID spiffe://example.com/agent/data-processor/production",
	},
	"duplicate-id": {
		"why": "what is granted to one workload is granted to all that have its id",
		"help": "one entry an id; one agent in three environments has three ids",
	},
	"x509-ttl": {
		"why": "a stolen key is good for as long as its SVID lives",
		"help": "-x509SVIDTTL 3600",
	},
	"jwt-ttl": {
		"why": "a stolen token is good for as long as it lives",
		"help": "-jwtSVIDTTL 300",
	},
	"selectors": {
		"why": "whoever has the selectors gets the id",
		"help": "-selector k8s:ns:agentweave -selector k8s:sa:data-processor",
	},
	"selector-namespace": {
		"why": "the account of the same name in any other namespace gets the id too",
		"help": "-selector k8s:ns:agentweave",
	},
	"selector-service-account": {
		"why": "each pod of the namespace gets the id",
		"help": "-selector k8s:sa:data-processor",
	},
	"parent-id": {
		"why": "an entry with a wrong parent is given out by nobody, or by a node of somebody else",
		"help": "-parentID spiffe://example.com/k8s-node",
	},
	"entry-privileges": {
		"why": "whoever takes over the workload can make identities",
		"help": "delete the flag; what administers SPIRE is no agent",
	},
	"federates-with": {
		"why": "whoever issues identities in a trusted domain is believed",
		"help": "-federatesWith spiffe://partner.example.com",
	},
	"node-selectors": {
		"why": "a workload with the parent of nodes is judged as a node",
		"help": "-selector k8s_psat:cluster:production for nodes, and a node as the parent of agents",
	},
	"selectors-shared": {
		"why": "a pod with two ids has what is granted to either",
		"help": "a service account for each agent",
	},
}
