# What is said about each rule.

package agentweave.kubernetes

# METADATA
# title: Why each rule is there, and what to write instead
# scope: document
guidance := {
	"manifest-unreadable": {
		"why": "what can't be read can't be judged, and may still be applied",
		"help": "give one manifest a document, with apiVersion, kind and metadata.name, and no empty documents",
	},
	"pod-security-labels": {
		"why": "without them the API server takes any pod, whatever is checked here",
		"help": "pod-security.kubernetes.io/enforce: restricted, and the same for audit and warn",
	},
	"pod-unreadable": {
		"why": "containers that can't be read can't be judged",
		"help": "containers: a list of objects with a name each",
	},
	"host-namespaces": {
		"why": "the pod sees the traffic or the processes of the whole node",
		"help": "delete the key",
	},
	"run-as-non-root": {
		"why": "a process that is root in a container is root when it gets out",
		"help": "runAsNonRoot: true in the securityContext of the pod",
	},
	"run-as-user": {
		"why": "low ids are those of users of the node",
		"help": "runAsUser: 10001 in the securityContext of the pod",
	},
	"seccomp": {
		"why": "unfiltered system calls are how kernels are attacked",
		"help": "seccompProfile: {type: RuntimeDefault} in the securityContext of the pod",
	},
	"privilege-escalation": {
		"why": "a setuid program would make the process root",
		"help": "allowPrivilegeEscalation: false in the securityContext of each container",
	},
	"privileged": {
		"why": "a privileged container is the node",
		"help": "delete the key",
	},
	"read-only-root": {
		"why": "who gets in can change programs and leave others behind",
		"help": "readOnlyRootFilesystem: true, and an emptyDir for what has to be written",
	},
	"capabilities-drop": {
		"why": "each capability is a part of what root may do",
		"help": "capabilities: {drop: [ALL]}",
	},
	"capabilities-add": {
		"why": "what is added is a part of what root may do",
		"help": "delete the key; listen on ports over 1024",
	},
	"resources": {
		"why": "one agent can take the whole node",
		"help": "resources with requests and limits, each with cpu and memory",
	},
	"env-secret": {
		"why": "whoever reads the manifest has the secret, for ever",
		"help": "valueFrom: {secretKeyRef: {name: agent-secrets, key: db-password}}",
	},
	"secret-value": {
		"why": "whoever reads the manifest has the secret, for ever",
		"help": "revoke it, and refer to the new one by secretKeyRef",
	},
	"config-map-secret": {
		"why": "config maps are neither encrypted nor guarded as secrets are",
		"help": "put it into the secret store, and refer to it by secretKeyRef",
	},
	"secret-string-data": {
		"why": "whoever reads the repository has the secret, for ever",
		"help": "let an operator make it from the secret store (ExternalSecret, SealedSecret)",
	},
	"network-policy-missing": {
		"why": "pods that no policy selects talk to everybody",
		"help": "a NetworkPolicy in this namespace, with policyTypes Ingress and Egress",
	},
	"pod-not-isolated": {
		"why": "pods that no policy selects talk to everybody",
		"help": "podSelector: {} in a policy of this namespace, or the labels of this pod",
	},
	"network-policy-types": {
		"why": "a direction that is not named is not restricted",
		"help": "apiVersion: networking.k8s.io/v1 with policyTypes: [Ingress, Egress]",
	},
	"network-policy-selector": {
		"why": "without a selector it can't be said for which pods the policy is",
		"help": "podSelector: {} for all pods of the namespace",
	},
	"network-ingress": {
		"why": "whoever can connect can attack the handshake",
		"help": "from: [{podSelector: {matchLabels: {app.kubernetes.io/part-of: agentweave}}}]",
	},
	"network-egress": {
		"why": "an agent that was taken over can send everything anywhere",
		"help": "to agents at TCP 8443, namespace spire-system at TCP 8081, namespace kube-system at port 53, each with ports",
	},
	"secret-data": {
		"why": "base64 is no encryption: whoever reads the repository has the secret",
		"help": "let an operator make it from the secret store (ExternalSecret, SealedSecret)",
	},
	"env-from-secret": {
		"why": "whatever is put into the secret later lands in the environment too",
		"help": "env with one secretKeyRef for each variable",
	},
	"namespace-unnamed": {
		"why": "applied without -n it lands in the namespace default, for which no policy is",
		"help": "metadata.namespace: agentweave",
	},
}
