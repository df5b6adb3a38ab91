# What the network lets through.

package agentweave.kubernetes

# METADATA
# title: The network policies
# scope: document
network_policies contains manifest if {
	some manifest in manifests
	at(manifest, ["kind"]) == "NetworkPolicy"
}

# METADATA
# title: The namespace of a manifest
# scope: rule
namespace_of(manifest) := at(manifest, ["metadata", "namespace"]) if text_given(at(manifest, ["metadata", "namespace"]))

# METADATA
# title: The one in which it lands otherwise
# scope: rule
namespace_of(manifest) := "default" if not text_given(at(manifest, ["metadata", "namespace"]))

# METADATA
# title: The namespaces that a manifest makes an agent's
# scope: document
namespaces_of(manifest) := {at(manifest, ["metadata", "name"]) | at(manifest, ["kind"]) == "Namespace"} | {namespace |
	some pod in pods
	pod.manifest == manifest
	namespace := namespace_of(manifest)
}

# METADATA
# title: The namespaces with a network policy for both directions
# scope: document
policed contains namespace_of(policy) if {
	some policy in network_policies
	both_directions(policy)
}

# METADATA
# title: A policy for ingress and egress, of the API that clusters enforce
# scope: document
both_directions(policy) if {
	at(policy, ["apiVersion"]) == "networking.k8s.io/v1"
	types := list(at(policy, ["spec", "policyTypes"]))
	count(types) == 2
	every type in ["Ingress", "Egress"] {
		type in types
	}
}

# METADATA
# title: A pod that a policy of its namespace selects
# scope: document
isolated(pod) if {
	some policy in network_policies
	both_directions(policy)
	namespace_of(policy) == namespace_of(pod.manifest)
	selects(at(policy, ["spec", "podSelector"]), pod.labels)
}

# METADATA
# title: The selector is for all pods
# scope: rule
selects(selector, _) if selector == {}

# METADATA
# title: The selector has labels that the pod has too
# scope: rule
selects(selector, labels) if {
	is_object(selector)
	object.keys(selector) == {"matchLabels"}
	is_object(selector.matchLabels)
	every key, value in selector.matchLabels {
		below(labels, [key]) == value
	}
}

# METADATA
# title: A rule that lets in agents, and Prometheus to the metrics
# scope: document
ingress_good(rule) if {
	list_given(below(rule, ["from"]))
	every peer in rule.from {
		may_call(peer, below(rule, ["ports"]))
	}
}

# METADATA
# title: Agents may call
# scope: rule
may_call(peer, _) if agents(peer)

# METADATA
# title: Prometheus may scrape
# scope: rule
may_call(peer, ports) if {
	in_namespace(peer, "monitoring")
	ports_within(ports, {["TCP", 9090]})
}

# METADATA
# title: A rule that lets out to agents, SPIRE and DNS
# scope: document
egress_good(rule) if {
	list_given(below(rule, ["to"]))
	every peer in rule.to {
		may_be_called(peer, below(rule, ["ports"]))
	}
}

# METADATA
# title: Agents may be called
# scope: rule
may_be_called(peer, ports) if {
	agents(peer)
	ports_within(ports, {["TCP", 8443]})
}

# METADATA
# title: SPIRE may be called
# scope: rule
may_be_called(peer, ports) if {
	in_namespace(peer, "spire-system")
	ports_within(ports, {["TCP", 8081]})
}

# METADATA
# title: DNS may be asked
# scope: rule
may_be_called(peer, ports) if {
	in_namespace(peer, "kube-system")
	ports_within(ports, {["UDP", 53], ["TCP", 53]})
}

# METADATA
# title: A peer that is agents, of this namespace or of named ones
# scope: document
agents(peer) if {
	peers_known(peer)
	below(peer, ["podSelector", "matchLabels", "app.kubernetes.io/part-of"]) == "agentweave"
	namespace_limited(peer)
}

# METADATA
# title: Of the namespace of the policy
# scope: rule
namespace_limited(peer) if not has(peer, ["namespaceSelector"])

# METADATA
# title: Of namespaces with labels
# scope: rule
namespace_limited(peer) if {
	labels := below(peer, ["namespaceSelector", "matchLabels"])
	is_object(labels)
	count(labels) > 0
}

# METADATA
# title: A peer in the namespace of this name
# scope: document
in_namespace(peer, name) if {
	peers_known(peer)
	some key in ["kubernetes.io/metadata.name", "name"]
	below(peer, ["namespaceSelector", "matchLabels", key]) == name
}

# METADATA
# title: A peer without ranges of addresses or anything unknown
# scope: document
peers_known(peer) if {
	is_object(peer)
	object.keys(peer) - {"podSelector", "namespaceSelector"} == set()
}

# METADATA
# title: Ports that are all among these
# scope: document
ports_within(ports, allowed) if {
	list_given(ports)
	every port in ports {
		not has(port, ["endPort"])
		[protocol(port), below(port, ["port"])] in allowed
	}
}

# METADATA
# title: The protocol of a port
# scope: rule
protocol(port) := below(port, ["protocol"]) if has(port, ["protocol"])

# METADATA
# title: TCP, where none is given
# scope: rule
protocol(port) := "TCP" if not has(port, ["protocol"])
