# METADATA
# title: Kubernetes manifests of agents
# description: |
#   Checks manifests before they are applied, wherever a pod is described in them: the pod security that namespaces ask for,
#   what containers may do, how secrets come in, and what the network lets through. The input is a manifest, a list of manifests, or
#   an array of {path, contents} for several files; network policies can be looked for only where there are several manifests.
# custom:
#   input: [apiVersion, kind, metadata, spec]
#   portcullis:
#     validate:
#       input: combined
#       documents:
#         - title: a manifest of Kubernetes
#           detect:
#             anyOf: [{$ref: "#/$defs/manifest"}, {type: array, minItems: 1, items: {$ref: "#/$defs/manifest"}}]
#             $defs:
#               manifest:
#                 type: object
#                 required: [apiVersion, kind]
#                 properties:
#                   apiVersion: {type: string, not: {pattern: "^(kustomize[.]config[.]k8s[.]io|kind[.]x-k8s[.]io)/"}}
package agentweave.kubernetes

# METADATA
# title: What must not be applied
# description: |
#   A set of objects: msg (for people), rule (the id), path (from the root of the document to the value), file and
#   document (which file, and which entry of a combined input), why it matters and help (what to write instead).
# scope: document
# entrypoint: true

# METADATA
# title: A document holds manifests
# scope: rule
# custom:
#   id: manifest-unreadable
#   severity: high
deny contains finding(document, "manifest-unreadable", [], "holds no manifest") if {
	some document in documents
	count(manifests_of(document)) == 0
}

# METADATA
# title: A manifest says what it is
# description: apiVersion, kind and metadata.name, without which nobody knows what it will be.
# scope: rule
# custom:
#   id: manifest-unreadable
#   severity: high
deny contains of(manifest, "manifest-unreadable", [], "is no manifest with apiVersion, kind and metadata.name") if {
	some manifest in manifests
	not named(manifest)
}

# METADATA
# title: Namespaces demand restricted pods
# description: All three of the labels, so that violations are refused, told and logged.
# scope: rule
# custom:
#   id: pod-security-labels
#   severity: high
deny contains of(manifest, "pod-security-labels", ["metadata", "labels", label], "is not restricted") if {
	some manifest in manifests
	at(manifest, ["kind"]) == "Namespace"
	some label in pod_security_labels
	not at(manifest, ["metadata", "labels", label]) == "restricted"
}

# METADATA
# title: A pod has containers
# scope: rule
# custom:
#   id: pod-unreadable
#   severity: high
deny contains of(pod.manifest, "pod-unreadable", array.concat(pod.path, ["containers"]), "is not a list with at least one container") if {
	some pod in pods
	not list_given(below(pod.spec, ["containers"]))
}

# METADATA
# title: Each list of containers is a list
# scope: rule
# custom:
#   id: pod-unreadable
#   severity: high
deny contains of(pod.manifest, "pod-unreadable", array.concat(pod.path, [key]), "is not a list of containers") if {
	some pod in pods
	some key in {"initContainers", "ephemeralContainers"}
	has(pod.spec, [key])
	not is_array(below(pod.spec, [key]))
}

# METADATA
# title: Each container is one
# scope: rule
# custom:
#   id: pod-unreadable
#   severity: high
deny contains of(pod.manifest, "pod-unreadable", array.concat(pod.path, [key, place]), "is not a container with a name") if {
	some pod in pods
	some key in container_lists
	some place, container in list(below(pod.spec, [key]))
	not text_given(below(container, ["name"]))
}

# METADATA
# title: Pods have network, processes and memory of their own
# scope: rule
# custom:
#   id: host-namespaces
#   severity: critical
deny contains of(pod.manifest, "host-namespaces", array.concat(pod.path, [key]), "is neither absent nor false") if {
	some pod in pods
	some key in {"hostNetwork", "hostPID", "hostIPC"}
	has(pod.spec, [key])
	not below(pod.spec, [key]) == false
}

# METADATA
# title: Containers do not run as root
# description: What the container says counts, and what the pod says where the container says nothing.
# scope: rule
# custom:
#   id: run-as-non-root
#   severity: high
deny contains of(container.manifest, "run-as-non-root", effective_path(container, "runAsNonRoot"), "is not true") if {
	some container in containers
	not effective(container, "runAsNonRoot") == true
}

# METADATA
# title: Containers run with an id over 10000
# description: What the container says counts, and what the pod says where the container says nothing.
# scope: rule
# custom:
#   id: run-as-user
#   severity: high
deny contains of(container.manifest, "run-as-user", effective_path(container, "runAsUser"), "is not a whole number over 10000") if {
	some container in containers
	not high_id(effective(container, "runAsUser"))
}

# METADATA
# title: The system calls of containers are filtered
# scope: rule
# custom:
#   id: seccomp
#   severity: high
deny contains of(container.manifest, "seccomp", array.concat(effective_path(container, "seccompProfile"), ["type"]), "is not RuntimeDefault") if {
	some container in containers
	not below(effective(container, "seccompProfile"), ["type"]) == "RuntimeDefault"
}

# METADATA
# title: Processes gain no privileges
# scope: rule
# custom:
#   id: privilege-escalation
#   severity: critical
deny contains of(container.manifest, "privilege-escalation", own_path(container, ["allowPrivilegeEscalation"]), "is not false") if {
	some container in containers
	not own(container, ["allowPrivilegeEscalation"]) == false
}

# METADATA
# title: Containers are not privileged
# scope: rule
# custom:
#   id: privileged
#   severity: critical
deny contains of(container.manifest, "privileged", own_path(container, ["privileged"]), "is neither absent nor false") if {
	some container in containers
	has(container.value, ["securityContext", "privileged"])
	not own(container, ["privileged"]) == false
}

# METADATA
# title: The root file system can't be written
# scope: rule
# custom:
#   id: read-only-root
#   severity: medium
deny contains of(container.manifest, "read-only-root", own_path(container, ["readOnlyRootFilesystem"]), "is not true") if {
	some container in containers
	not own(container, ["readOnlyRootFilesystem"]) == true
}

# METADATA
# title: All capabilities are dropped
# scope: rule
# custom:
#   id: capabilities-drop
#   severity: high
deny contains of(container.manifest, "capabilities-drop", own_path(container, ["capabilities", "drop"]), "is not a list with ALL") if {
	some container in containers
	not "ALL" in list(own(container, ["capabilities", "drop"]))
}

# METADATA
# title: No capability is added again
# scope: rule
# custom:
#   id: capabilities-add
#   severity: high
deny contains of(container.manifest, "capabilities-add", own_path(container, ["capabilities", "add"]), "is neither absent nor an empty list") if {
	some container in containers
	has(container.value, ["securityContext", "capabilities", "add"])
	not own(container, ["capabilities", "add"]) == []
}

# METADATA
# title: Requests and limits are set
# description: Of processor and memory. Ephemeral containers can't have any.
# scope: rule
# custom:
#   id: resources
#   severity: medium
deny contains of(container.manifest, "resources", array.concat(container.path, ["resources", kind, resource]), "is not an amount greater than nothing") if {
	some container in containers
	container.list != "ephemeralContainers"
	some kind in ["requests", "limits"]
	some resource in ["cpu", "memory"]
	not amount(below(container.value, ["resources", kind, resource]))
}

# METADATA
# title: The environment is a list of variables
# scope: rule
# custom:
#   id: env-secret
#   severity: critical
deny contains of(container.manifest, "env-secret", array.concat(container.path, [key]), "is not a list") if {
	some container in containers
	some key in {"env", "envFrom"}
	has(container.value, [key])
	not is_array(below(container.value, [key]))
}

# METADATA
# title: Each variable has a name
# scope: rule
# custom:
#   id: env-secret
#   severity: critical
deny contains of(container.manifest, "env-secret", array.concat(container.path, ["env", place]), "is not a variable with a name") if {
	some container in containers
	some place, variable in list(below(container.value, ["env"]))
	not text_given(below(variable, ["name"]))
}

# METADATA
# title: Secrets come by secretKeyRef
# description: A variable whose name speaks of a secret, and that has a value of its own or gets it from elsewhere.
# scope: rule
# custom:
#   id: env-secret
#   severity: critical
deny contains of(container.manifest, "env-secret", array.concat(container.path, ["env", place]), "names a secret that does not come by valueFrom.secretKeyRef") if {
	some container in containers
	some place, variable in list(below(container.value, ["env"]))
	secret_name(below(variable, ["name"]))
	not harmless(below(variable, ["name"]), below(variable, ["value"]))
	not from_secret(variable)
}

# METADATA
# title: No value is a secret
# description: Environment, command, arguments and annotations, whatever they are called.
# scope: rule
# custom:
#   id: secret-value
#   severity: critical
deny contains of(manifest, "secret-value", path, "looks like a key, a token or a password") if {
	some manifest in manifests
	not at(manifest, ["kind"]) in {"Secret", "CustomResourceDefinition"}
	some path, value in scalars(manifest.value)
	secret_value(value)
}

# METADATA
# title: Config maps hold no secrets
# scope: rule
# custom:
#   id: config-map-secret
#   severity: high
deny contains of(manifest, "config-map-secret", ["data", key], "names a secret, and a config map is no place for one") if {
	some manifest in manifests
	at(manifest, ["kind"]) == "ConfigMap"
	is_object(at(manifest, ["data"]))
	some key, value in at(manifest, ["data"])
	secret_name(key)
	not harmless(key, value)
}

# METADATA
# title: No secret is written in plain text
# scope: rule
# custom:
#   id: secret-string-data
#   severity: critical
deny contains of(manifest, "secret-string-data", path, "is a secret in plain text") if {
	some manifest in manifests
	not at(manifest, ["kind"]) == "CustomResourceDefinition"
	[path, _] := walk(manifest.value)
	lower(sprintf("%v", [last(path)])) == "stringdata"
}

# METADATA
# title: Each namespace with agents has a network policy
# description: Looked for when the input has several manifests.
# scope: rule
# custom:
#   id: network-policy-missing
#   severity: high
deny contains of(manifest, "network-policy-missing", ["metadata"], text) if {
	several
	some manifest in manifests
	some namespace in namespaces_of(manifest)
	not namespace in policed
	text := sprintf("is of the namespace %v, for which there is no network policy for ingress and egress", [namespace])
}

# METADATA
# title: Each pod is selected by a network policy
# description: What no policy selects may talk to everybody.
# scope: rule
# custom:
#   id: pod-not-isolated
#   severity: high
deny contains of(pod.manifest, "pod-not-isolated", pod.path, "is a pod that no network policy selects for ingress and egress") if {
	several
	some pod in pods
	namespace_of(pod.manifest) in policed
	not isolated(pod)
}

# METADATA
# title: A network policy is for both directions
# description: Without Egress in policyTypes nothing that goes out is restricted.
# scope: rule
# custom:
#   id: network-policy-types
#   severity: high
deny contains of(policy, "network-policy-types", ["spec", "policyTypes"], "is not a list of Ingress and Egress") if {
	some policy in network_policies
	not both_directions(policy)
}

# METADATA
# title: A network policy says for which pods it is
# scope: rule
# custom:
#   id: network-policy-selector
#   severity: high
deny contains of(policy, "network-policy-selector", ["spec", "podSelector"], "is not a selector") if {
	some policy in network_policies
	not is_object(at(policy, ["spec", "podSelector"]))
}

# METADATA
# title: Rules are lists
# scope: rule
# custom:
#   id: network-ingress
#   severity: high
deny contains of(policy, "network-ingress", ["spec", "ingress"], "is not a list") if {
	some policy in network_policies
	has(policy.value, ["spec", "ingress"])
	not is_array(at(policy, ["spec", "ingress"]))
}

# METADATA
# title: Agents are called by agents
# description: And scraped by Prometheus, from the namespace monitoring at port 9090.
# scope: rule
# custom:
#   id: network-ingress
#   severity: high
deny contains of(policy, "network-ingress", ["spec", "ingress", place], "lets in more than agents, and monitoring at port 9090") if {
	some policy in network_policies
	some place, rule in list(at(policy, ["spec", "ingress"]))
	not ingress_good(rule)
}

# METADATA
# title: Rules are lists
# scope: rule
# custom:
#   id: network-egress
#   severity: high
deny contains of(policy, "network-egress", ["spec", "egress"], "is not a list") if {
	some policy in network_policies
	has(policy.value, ["spec", "egress"])
	not is_array(at(policy, ["spec", "egress"]))
}

# METADATA
# title: Agents call SPIRE, agents and DNS
# scope: rule
# custom:
#   id: network-egress
#   severity: high
deny contains of(policy, "network-egress", ["spec", "egress", place], "lets out more than to agents at 8443, SPIRE at 8081 and DNS at 53") if {
	some policy in network_policies
	some place, rule in list(at(policy, ["spec", "egress"]))
	not egress_good(rule)
}

# METADATA
# title: What should be another way
# description: Objects as in deny.
# scope: document
# entrypoint: true

# METADATA
# title: No secret is written in base64
# scope: rule
# custom:
#   id: secret-data
#   severity: high
warn contains of(manifest, "secret-data", ["data"], "is base64, which everybody can read") if {
	some manifest in manifests
	at(manifest, ["kind"]) == "Secret"
	has(manifest.value, ["data"])
	not at(manifest, ["data"]) in {null, {}}
}

# METADATA
# title: Secrets are taken one by one
# scope: rule
# custom:
#   id: env-from-secret
#   severity: medium
warn contains of(container.manifest, "env-from-secret", array.concat(container.path, ["envFrom", place]), "takes all of a secret, now and in future") if {
	some container in containers
	some place, source in list(below(container.value, ["envFrom"]))
	not has(source, ["configMapRef"])
}

# METADATA
# title: A workload says where it belongs
# scope: rule
# custom:
#   id: namespace-unnamed
#   severity: low
warn contains of(pod.manifest, "namespace-unnamed", ["metadata", "namespace"], "is not given, so it depends on who applies the manifest") if {
	some pod in pods
	not text_given(at(pod.manifest, ["metadata", "namespace"]))
}

# METADATA
# title: Whether the input may be applied
# scope: document
# entrypoint: true
default compliant := false

# METADATA
# title: Nothing is denied
# scope: rule
compliant if count(deny) == 0

# METADATA
# title: The findings in short, for baselines and tests
# description: Two sorted arrays of "<rule> <file>#/<path>".
# scope: document
summary := {
	"deny": sort({short(found) | some found in deny}),
	"warn": sort({short(found) | some found in warn}),
}
