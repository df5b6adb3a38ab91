# METADATA
# title: The checks of manifests, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a moment.
package agentweave.kubernetes_cases_test

import data.agentweave.kubernetes
import data.agentweave.kubernetes_test.changed

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := kubernetes.summary with input as document
}

test_namespaces[name] if {
	some name, case in cases_of_namespaces
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_pods[name] if {
	some name, case in cases_of_pods
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_containers[name] if {
	some name, case in cases_of_containers
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_secrets[name] if {
	some name, case in cases_of_secrets
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_network[name] if {
	some name, case in cases_of_network
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

# Whatever is missing, or of a type that nobody expects, is a finding of the rule that wants it.

of_no_use := {
	"null": null,
	"a negative number": -7,
	"a fraction": 0.5,
	"an empty text": "",
	"the text true": "true",
	"the text no": "no",
	"an empty list": [],
	"a list": [true, "deny", 1],
	"an empty mapping": {},
	"a mapping": {"value": true},
}

found_in(document) := {finding.rule | some finding in found} if found := kubernetes.deny with input as document

test_missing[path] if {
	some path, rule in needed
	rule in found_in(changed({}, [path]))
}

test_wrong_type_of_the_namespace[name] if {
	some path, rule in needed
	startswith(path, "/0")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_wrong_type_of_the_workload[name] if {
	some path, rule in needed
	startswith(path, "/2/contents/kind")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_wrong_type_of_its_name[name] if {
	some path, rule in needed
	startswith(path, "/2/contents/metadata")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_wrong_type_of_the_containers[name] if {
	some path, rule in needed
	startswith(path, "/2/contents/spec/template/spec/containers")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_wrong_type_of_the_pod[name] if {
	some path, rule in needed
	not startswith(path, "/2/contents/spec/template/spec/containers/")
	startswith(path, "/2/contents/spec")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_wrong_type_of_the_policy[name] if {
	some path, rule in needed
	startswith(path, "/3")
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_nothing_at_all[name] if {
	some name, document in {"null": null, "a text": "x", "a number": 1, "true": true, "an empty list": [], "a list": [1, null]}
	count(found_in(document)) > 0
}

needed := {
	"/2/contents/kind": "manifest-unreadable",
	"/2/contents/metadata": "manifest-unreadable",
	"/2/contents/spec": "pod-unreadable",
	"/2/contents/spec/template": "pod-unreadable",
	"/2/contents/spec/template/spec": "pod-unreadable",
	"/2/contents/spec/template/spec/containers": "pod-unreadable",
	"/2/contents/spec/template/spec/securityContext": "run-as-user",
	"/2/contents/spec/template/spec/securityContext/runAsNonRoot": "run-as-non-root",
	"/2/contents/spec/template/spec/securityContext/runAsUser": "run-as-user",
	"/2/contents/spec/template/spec/securityContext/seccompProfile": "seccomp",
	"/2/contents/spec/template/spec/containers/0/securityContext": "privilege-escalation",
	"/2/contents/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation": "privilege-escalation",
	"/2/contents/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem": "read-only-root",
	"/2/contents/spec/template/spec/containers/0/securityContext/capabilities": "capabilities-drop",
	"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": "capabilities-drop",
	"/2/contents/spec/template/spec/containers/0/resources": "resources",
	"/2/contents/spec/template/spec/containers/0/resources/requests": "resources",
	"/2/contents/spec/template/spec/containers/0/resources/limits/cpu": "resources",
	"/3/contents/spec": "network-policy-types",
	"/3/contents/spec/podSelector": "network-policy-selector",
	"/3/contents/spec/policyTypes": "network-policy-types",
	"/0/contents/metadata/labels": "pod-security-labels",
}

# Values that are right, or that say something else in their place: an amount, a selector of all or other pods, another kind.
meant := {
	["/2/contents/spec/template/spec/containers/0/resources/limits/cpu", "a fraction"],
	["/3/contents/spec/podSelector", "an empty mapping"],
	["/3/contents/spec/podSelector", "a mapping"],
}

# Every rule that some case brings to speak is explained, and every explanation is of such a rule.
test_the_guidance_is_complete if {
	spoken := {split(line, " ")[0] | some table in all_cases; some case in table; some line in array.concat(case.deny, case.warn)}
	spoken - object.keys(kubernetes.guidance) == set()
	object.keys(kubernetes.guidance) - spoken == set()
}

cases_of_namespaces := {
	"the label enforce is baseline": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1enforce": "baseline"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce"], "warn": []},
	"the label enforce is missing": {"sets": {}, "removed": ["/0/contents/metadata/labels/pod-security.kubernetes.io~1enforce"], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce"], "warn": []},
	"the label enforce is in capitals": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1enforce": "Restricted"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce"], "warn": []},
	"the label enforce is a list": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1enforce": ["restricted"]}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce"], "warn": []},
	"the label audit is baseline": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1audit": "baseline"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/audit"], "warn": []},
	"the label audit is missing": {"sets": {}, "removed": ["/0/contents/metadata/labels/pod-security.kubernetes.io~1audit"], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/audit"], "warn": []},
	"the label audit is in capitals": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1audit": "Restricted"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/audit"], "warn": []},
	"the label audit is a list": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1audit": ["restricted"]}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/audit"], "warn": []},
	"the label warn is baseline": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1warn": "baseline"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/warn"], "warn": []},
	"the label warn is missing": {"sets": {}, "removed": ["/0/contents/metadata/labels/pod-security.kubernetes.io~1warn"], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/warn"], "warn": []},
	"the label warn is in capitals": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1warn": "Restricted"}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/warn"], "warn": []},
	"the label warn is a list": {"sets": {"/0/contents/metadata/labels/pod-security.kubernetes.io~1warn": ["restricted"]}, "removed": [], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/warn"], "warn": []},
	"no labels": {"sets": {}, "removed": ["/0/contents/metadata/labels"], "deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/audit", "pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce", "pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/warn"], "warn": []},
	"a manifest without a kind": {"sets": {}, "removed": ["/1/contents/kind"], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"a manifest without a version": {"sets": {"/1/contents/apiVersion": 1}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the kind \"deployment\"": {"sets": {"/2/contents/kind": "deployment"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the kind \"DEPLOYMENT KIND\"": {"sets": {"/2/contents/kind": "DEPLOYMENT KIND"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the kind \"Deployment \"": {"sets": {"/2/contents/kind": "Deployment "}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the version apps": {"sets": {"/1/contents/apiVersion": "apps"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the version apps/": {"sets": {"/1/contents/apiVersion": "apps/"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the version v": {"sets": {"/1/contents/apiVersion": "v"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"the version networking.k8s.io/V1": {"sets": {"/1/contents/apiVersion": "networking.k8s.io/V1"}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"a manifest without a name": {"sets": {"/1/contents/metadata": {}}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"a manifest with a generated name": {"sets": {"/1/contents/metadata": {"generateName": "job-"}}, "removed": [], "deny": [], "warn": []},
	"an empty document": {"sets": {"/1/contents": null}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"an empty list of manifests": {"sets": {"/1/contents": []}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"an empty list of Kubernetes": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": []}}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"a list of Kubernetes without items": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": {}}}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"a bad pod alone": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/hostNetwork"], "warn": []},
	"a bad pod in a list of manifests": {"sets": {"/1/contents": [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "data-processor", "namespace": "agentweave"}, "automountServiceAccountToken": false}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}]}, "removed": [], "deny": ["host-namespaces agent.yaml#/1/spec/hostNetwork"], "warn": []},
	"a bad pod in a list of Kubernetes": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "data-processor", "namespace": "agentweave"}, "automountServiceAccountToken": false}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}]}}, "removed": [], "deny": ["host-namespaces agent.yaml#/items/1/spec/hostNetwork"], "warn": []},
	"a bad pod in a list in a list": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "PodList", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}]}]}}, "removed": [], "deny": ["host-namespaces agent.yaml#/items/0/items/0/spec/hostNetwork"], "warn": []},
	"a list of Kubernetes without a kind": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": 5, "items": [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "data-processor", "namespace": "agentweave"}, "automountServiceAccountToken": false}]}}, "removed": [], "deny": ["manifest-unreadable agent.yaml#"], "warn": []},
	"nothing in a list of Kubernetes": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": [null]}}, "removed": [], "deny": ["manifest-unreadable agent.yaml#/items/0"], "warn": []},
	"a StatefulSet with a bad pod": {"sets": {"/2/contents/kind": "StatefulSet", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a StatefulSet without a pod": {"sets": {"/2/contents/kind": "StatefulSet"}, "removed": ["/2/contents/spec/template/spec"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a DaemonSet with a bad pod": {"sets": {"/2/contents/kind": "DaemonSet", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a DaemonSet without a pod": {"sets": {"/2/contents/kind": "DaemonSet"}, "removed": ["/2/contents/spec/template/spec"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a ReplicaSet with a bad pod": {"sets": {"/2/contents/kind": "ReplicaSet", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a ReplicaSet without a pod": {"sets": {"/2/contents/kind": "ReplicaSet"}, "removed": ["/2/contents/spec/template/spec"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a Job with a bad pod": {"sets": {"/2/contents/kind": "Job", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a Job without a pod": {"sets": {"/2/contents/kind": "Job"}, "removed": ["/2/contents/spec/template/spec"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a ReplicationController with a bad pod": {"sets": {"/2/contents/kind": "ReplicationController", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a ReplicationController without a pod": {"sets": {"/2/contents/kind": "ReplicationController"}, "removed": ["/2/contents/spec/template/spec"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a Pod without anything": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "agentweave"}}}, "removed": [], "deny": ["pod-unreadable agent.yaml#/spec/containers"], "warn": []},
	"a CronJob without anything": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "CronJob", "metadata": {"name": "x", "namespace": "agentweave"}}}, "removed": [], "deny": ["pod-unreadable agent.yaml#/spec/jobTemplate/spec/template/spec/containers"], "warn": []},
	"a PodTemplate without anything": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "x", "namespace": "agentweave"}}}, "removed": [], "deny": ["pod-unreadable agent.yaml#/template/spec/containers"], "warn": []},
	"a bad pod in a kind that nobody knows": {"sets": {"/2/contents/kind": "Rollout", "/2/contents/apiVersion": "argoproj.io/v1alpha1", "/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"a template of a pod": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t", "namespace": "agentweave"}, "template": {"metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}}}, "removed": [], "deny": ["host-namespaces agent.yaml#/template/spec/hostNetwork"], "warn": []},
	"a bad pod that says it has items": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}, "items": []}}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/hostNetwork"], "warn": []},
	"a definition of resources that have containers": {"sets": {"/1/contents": {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}, "spec": {"properties": {"containers": {"type": "array"}, "stringData": {"type": "object"}}}}}, "removed": [], "deny": [], "warn": []},
	"no namespace": {"sets": {}, "removed": ["/4/contents/metadata/namespace"], "deny": ["network-policy-missing agent.yaml#/metadata"], "warn": ["namespace-unnamed agent.yaml#/metadata/namespace"]},
	"a namespace that is a space": {"sets": {"/4/contents/metadata/namespace": " "}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata"], "warn": ["namespace-unnamed agent.yaml#/metadata/namespace"]},
}

cases_of_pods := {
	"no containers": {"sets": {}, "removed": ["/2/contents/spec/template/spec/containers"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"containers as a mapping": {"sets": {"/2/contents/spec/template/spec/containers": {"0": {"name": "a"}}}, "removed": [], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []},
	"a container that is nothing": {"sets": {"/2/contents/spec/template/spec/containers/2": null}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/2/securityContext/capabilities/drop", "pod-unreadable agent.yaml#/spec/template/spec/containers/2", "privilege-escalation agent.yaml#/spec/template/spec/containers/2/securityContext/allowPrivilegeEscalation", "read-only-root agent.yaml#/spec/template/spec/containers/2/securityContext/readOnlyRootFilesystem", "resources agent.yaml#/spec/template/spec/containers/2/resources/limits/cpu", "resources agent.yaml#/spec/template/spec/containers/2/resources/limits/memory", "resources agent.yaml#/spec/template/spec/containers/2/resources/requests/cpu", "resources agent.yaml#/spec/template/spec/containers/2/resources/requests/memory"], "warn": []},
	"init containers as a mapping": {"sets": {"/2/contents/spec/template/spec/initContainers": {"name": "a"}}, "removed": [], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/initContainers"], "warn": []},
	"a container without a name": {"sets": {}, "removed": ["/2/contents/spec/template/spec/containers/1/name"], "deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers/1"], "warn": []},
	"hostNetwork is true": {"sets": {"/2/contents/spec/template/spec/hostNetwork": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostNetwork"], "warn": []},
	"hostNetwork is \"false\"": {"sets": {"/2/contents/spec/template/spec/hostNetwork": "false"}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostNetwork"], "warn": []},
	"hostNetwork is null": {"sets": {"/2/contents/spec/template/spec/hostNetwork": null}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostNetwork"], "warn": []},
	"hostNetwork is false": {"sets": {"/2/contents/spec/template/spec/hostNetwork": false}, "removed": [], "deny": [], "warn": []},
	"hostPID is true": {"sets": {"/2/contents/spec/template/spec/hostPID": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"hostPID is \"false\"": {"sets": {"/2/contents/spec/template/spec/hostPID": "false"}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"hostPID is null": {"sets": {"/2/contents/spec/template/spec/hostPID": null}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostPID"], "warn": []},
	"hostPID is false": {"sets": {"/2/contents/spec/template/spec/hostPID": false}, "removed": [], "deny": [], "warn": []},
	"hostIPC is true": {"sets": {"/2/contents/spec/template/spec/hostIPC": true}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostIPC"], "warn": []},
	"hostIPC is \"false\"": {"sets": {"/2/contents/spec/template/spec/hostIPC": "false"}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostIPC"], "warn": []},
	"hostIPC is null": {"sets": {"/2/contents/spec/template/spec/hostIPC": null}, "removed": [], "deny": ["host-namespaces agent.yaml#/spec/template/spec/hostIPC"], "warn": []},
	"hostIPC is false": {"sets": {"/2/contents/spec/template/spec/hostIPC": false}, "removed": [], "deny": [], "warn": []},
	"the pod has runAsNonRoot false": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsNonRoot": false}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/securityContext/runAsNonRoot"], "warn": []},
	"a container has runAsNonRoot false": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsNonRoot": false}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/containers/0/securityContext/runAsNonRoot"], "warn": []},
	"the pod has runAsNonRoot \"true\"": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsNonRoot": "true"}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/securityContext/runAsNonRoot"], "warn": []},
	"a container has runAsNonRoot \"true\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsNonRoot": "true"}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/containers/0/securityContext/runAsNonRoot"], "warn": []},
	"the pod has runAsNonRoot 1": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsNonRoot": 1}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/securityContext/runAsNonRoot"], "warn": []},
	"a container has runAsNonRoot 1": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsNonRoot": 1}, "removed": [], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/containers/0/securityContext/runAsNonRoot"], "warn": []},
	"neither says runAsNonRoot": {"sets": {}, "removed": ["/2/contents/spec/template/spec/securityContext/runAsNonRoot"], "deny": ["run-as-non-root agent.yaml#/spec/template/spec/containers/0/securityContext/runAsNonRoot", "run-as-non-root agent.yaml#/spec/template/spec/containers/1/securityContext/runAsNonRoot", "run-as-non-root agent.yaml#/spec/template/spec/initContainers/0/securityContext/runAsNonRoot"], "warn": []},
	"the pod has runAsUser 0": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": 0}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser 0": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": 0}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"the pod has runAsUser 1000": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": 1000}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser 1000": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": 1000}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"the pod has runAsUser 10000": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": 10000}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser 10000": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": 10000}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"the pod has runAsUser 10000.5": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": 10000.5}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser 10000.5": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": 10000.5}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"the pod has runAsUser \"10001\"": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": "10001"}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser \"10001\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": "10001"}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"the pod has runAsUser null": {"sets": {"/2/contents/spec/template/spec/securityContext/runAsUser": null}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []},
	"a container has runAsUser null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": null}, "removed": [], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser"], "warn": []},
	"neither says runAsUser": {"sets": {}, "removed": ["/2/contents/spec/template/spec/securityContext/runAsUser"], "deny": ["run-as-user agent.yaml#/spec/template/spec/containers/0/securityContext/runAsUser", "run-as-user agent.yaml#/spec/template/spec/containers/1/securityContext/runAsUser", "run-as-user agent.yaml#/spec/template/spec/initContainers/0/securityContext/runAsUser"], "warn": []},
	"containers say what the pod doesn't": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/runAsUser": 10001, "/2/contents/spec/template/spec/containers/1/securityContext/runAsUser": 20000, "/2/contents/spec/template/spec/initContainers/0/securityContext/runAsUser": 10001}, "removed": ["/2/contents/spec/template/spec/securityContext/runAsUser"], "deny": [], "warn": []},
	"the filter of system calls is \"Unconfined\"": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile/type": "Unconfined"}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
	"the filter of system calls is \"Localhost\"": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile/type": "Localhost"}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
	"the filter of system calls is \"runtimedefault\"": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile/type": "runtimedefault"}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
	"the filter of system calls is null": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile/type": null}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
	"the filter of system calls is [\"RuntimeDefault\"]": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile/type": ["RuntimeDefault"]}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
	"a container without a filter": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/seccompProfile": {"type": "Unconfined"}}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/containers/0/securityContext/seccompProfile/type"], "warn": []},
	"a filter that is a text": {"sets": {"/2/contents/spec/template/spec/securityContext/seccompProfile": "RuntimeDefault"}, "removed": [], "deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []},
}

cases_of_containers := {
	"allowPrivilegeEscalation true": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation": true}, "removed": [], "deny": ["privilege-escalation agent.yaml#/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation"], "warn": []},
	"allowPrivilegeEscalation \"false\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation": "false"}, "removed": [], "deny": ["privilege-escalation agent.yaml#/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation"], "warn": []},
	"allowPrivilegeEscalation null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation": null}, "removed": [], "deny": ["privilege-escalation agent.yaml#/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation"], "warn": []},
	"allowPrivilegeEscalation for the pod only": {"sets": {"/2/contents/spec/template/spec/securityContext/allowPrivilegeEscalation": false}, "removed": ["/2/contents/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation"], "deny": ["privilege-escalation agent.yaml#/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation"], "warn": []},
	"no allowPrivilegeEscalation in an init container": {"sets": {}, "removed": ["/2/contents/spec/template/spec/initContainers/0/securityContext/allowPrivilegeEscalation"], "deny": ["privilege-escalation agent.yaml#/spec/template/spec/initContainers/0/securityContext/allowPrivilegeEscalation"], "warn": []},
	"readOnlyRootFilesystem false": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem": false}, "removed": [], "deny": ["read-only-root agent.yaml#/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"readOnlyRootFilesystem \"true\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem": "true"}, "removed": [], "deny": ["read-only-root agent.yaml#/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"readOnlyRootFilesystem null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem": null}, "removed": [], "deny": ["read-only-root agent.yaml#/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"readOnlyRootFilesystem for the pod only": {"sets": {"/2/contents/spec/template/spec/securityContext/readOnlyRootFilesystem": true}, "removed": ["/2/contents/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "deny": ["read-only-root agent.yaml#/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"no readOnlyRootFilesystem in an init container": {"sets": {}, "removed": ["/2/contents/spec/template/spec/initContainers/0/securityContext/readOnlyRootFilesystem"], "deny": ["read-only-root agent.yaml#/spec/template/spec/initContainers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"privileged true": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/privileged": true}, "removed": [], "deny": ["privileged agent.yaml#/spec/template/spec/containers/0/securityContext/privileged"], "warn": []},
	"privileged \"false\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/privileged": "false"}, "removed": [], "deny": ["privileged agent.yaml#/spec/template/spec/containers/0/securityContext/privileged"], "warn": []},
	"privileged null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/privileged": null}, "removed": [], "deny": ["privileged agent.yaml#/spec/template/spec/containers/0/securityContext/privileged"], "warn": []},
	"privileged false": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/privileged": false}, "removed": [], "deny": [], "warn": []},
	"capabilities that drop []": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": []}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop [\"all\"]": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": ["all"]}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop [\"NET_RAW\"]": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": ["NET_RAW"]}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop \"ALL\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": "ALL"}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": null}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop {\"ALL\": true}": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": {"ALL": true}}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that drop [[\"ALL\"]]": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/drop": [["ALL"]]}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop"], "warn": []},
	"capabilities that add [\"NET_BIND_SERVICE\"]": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": ["NET_BIND_SERVICE"]}, "removed": [], "deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []},
	"capabilities that add [\"ALL\"]": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": ["ALL"]}, "removed": [], "deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []},
	"capabilities that add \"SYS_ADMIN\"": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": "SYS_ADMIN"}, "removed": [], "deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []},
	"capabilities that add null": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": null}, "removed": [], "deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []},
	"capabilities that add {}": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": {}}, "removed": [], "deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []},
	"capabilities that add nothing and drop more": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext/capabilities": {"add": [], "drop": ["NET_RAW", "ALL"]}}, "removed": [], "deny": [], "warn": []},
	"a security context that is a text": {"sets": {"/2/contents/spec/template/spec/containers/0/securityContext": "restricted"}, "removed": [], "deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/drop", "privilege-escalation agent.yaml#/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation", "read-only-root agent.yaml#/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
	"memory of \"0\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "0"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"0m\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "0m"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": ""}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"-1\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "-1"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"lots\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "lots"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"1 Gi\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "1 Gi"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of 0": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": 0}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of -1": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": -1}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of null": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": null}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of true": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": true}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of [\"1\"]": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": ["1"]}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"0.0\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "0.0"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"memory of \"1e3x\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/limits/memory": "1e3x"}, "removed": [], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/limits/memory"], "warn": []},
	"a processor of \"1\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": "1"}, "removed": [], "deny": [], "warn": []},
	"a processor of \"0.5\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": "0.5"}, "removed": [], "deny": [], "warn": []},
	"a processor of \"100m\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": "100m"}, "removed": [], "deny": [], "warn": []},
	"a processor of \"1Gi\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": "1Gi"}, "removed": [], "deny": [], "warn": []},
	"a processor of \"1.5G\"": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": "1.5G"}, "removed": [], "deny": [], "warn": []},
	"a processor of 2": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": 2}, "removed": [], "deny": [], "warn": []},
	"a processor of 0.25": {"sets": {"/2/contents/spec/template/spec/containers/0/resources/requests/cpu": 0.25}, "removed": [], "deny": [], "warn": []},
	"no requests": {"sets": {}, "removed": ["/2/contents/spec/template/spec/containers/0/resources/requests"], "deny": ["resources agent.yaml#/spec/template/spec/containers/0/resources/requests/cpu", "resources agent.yaml#/spec/template/spec/containers/0/resources/requests/memory"], "warn": []},
	"an ephemeral container without resources": {"sets": {"/2/contents/spec/template/spec/ephemeralContainers": [{"name": "debug", "image": "busybox:1.37", "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}}]}, "removed": [], "deny": [], "warn": []},
	"an ephemeral container that is privileged": {"sets": {"/2/contents/spec/template/spec/ephemeralContainers": [{"name": "debug", "image": "busybox:1.37", "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}, "privileged": true}}]}, "removed": [], "deny": ["privileged agent.yaml#/spec/template/spec/ephemeralContainers/0/securityContext/privileged"], "warn": []},
	"a cron job that writes to its root": {"sets": {"/4/contents/spec/jobTemplate/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem": false}, "removed": [], "deny": ["read-only-root agent.yaml#/spec/jobTemplate/spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem"], "warn": []},
}

cases_of_secrets := {
	"a password in plain text": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password in small letters": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "admin_password", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password from a config map": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password from nowhere": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password of both kinds": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "value": "x", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}}}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password from a secret without a key": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "c"}}}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password from a secret and elsewhere": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}, "fieldRef": {"fieldPath": "metadata.name"}}}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a second time in plain text": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "DB_PASSWORD", "value": "x"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password that is /hunter2": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ROOT_PASSWORD", "value": "/hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password that is https://hunter2": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ROOT_PASSWORD", "value": "https://hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password that is 123456": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ROOT_PASSWORD", "value": "123456"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password that is hunter2": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ROOT_PASSWORD", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a DSN with its password": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "DB_DSN", "value": "postgres://app:hunter2@db/app"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3", "secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"a token under a harmless name": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "GREETING", "value": "ghp_0123456789abcdefghijABCDEFGHIJ"}}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"a variable without a name": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"value": "x"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a variable that is a text": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": "DB_PASSWORD=hunter2"}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3", "secret-value agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a name that is a list": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": ["ADMIN_PASSWORD"], "value": "x"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"the file of a password": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}}, "removed": [], "deny": [], "warn": []},
	"the address of tokens": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "TOKEN_URL", "value": "https://idp.example.com/token"}}, "removed": [], "deny": [], "warn": []},
	"the lifetime of tokens": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "TOKEN_TTL_SECONDS", "value": "300"}}, "removed": [], "deny": [], "warn": []},
	"the name of a secret": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SECRET_NAME", "value": "agent-secrets"}}, "removed": [], "deny": [], "warn": []},
	"the file of a password that is none": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "DB_PASSWORD_FILE", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"the address of tokens that is none": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "TOKEN_URL", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"the lifetime of tokens that is none": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "TOKEN_TTL_SECONDS", "value": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"the name of a secret that is none": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SECRET_NAME", "value": "p@ss w0rd"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"a password from a secret without a name": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "valueFrom": {"secretKeyRef": {"key": "k"}}}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []},
	"random text of base64": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY1"}}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"random text of hexadecimal digits": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "9f86d081884c7d659a2feaa0c55ad015"}}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"random text of small letters": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "k3j9x0q7w2m5z8v1c4b6n0a9s8d7"}}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"random text in a path": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "/x/wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLE1"}}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []},
	"no secret but zeros": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "00000000000000000000000000000000"}}, "removed": [], "deny": [], "warn": []},
	"no secret but one letter": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "AAAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaa1"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a word with digits": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "aaaaaaaaaaaa111111111111bbbb"}}, "removed": [], "deny": [], "warn": []},
	"no secret but small letters": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "thequickbrownfoxjumpsoverthelazydog"}}, "removed": [], "deny": [], "warn": []},
	"no secret but a digest": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "SEED", "value": "registry.example.com/agent@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}, "removed": [], "deny": [], "warn": []},
	"another variable": {"sets": {"/2/contents/spec/template/spec/containers/0/env/-": {"name": "LOG_LEVEL", "value": "info"}}, "removed": [], "deny": [], "warn": []},
	"the environment as a mapping": {"sets": {"/2/contents/spec/template/spec/containers/0/env": {"DB_PASSWORD": "hunter2"}}, "removed": [], "deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env"], "warn": []},
	"a password among the arguments": {"sets": {"/2/contents/spec/template/spec/containers/0/args": ["--db-password=hunter2"]}, "removed": [], "deny": ["secret-value agent.yaml#/spec/template/spec/containers/0/args/0"], "warn": []},
	"a token in an annotation": {"sets": {"/2/contents/metadata/annotations": {"note": "Bearer abcdef123456"}}, "removed": [], "deny": ["secret-value agent.yaml#/metadata/annotations/note"], "warn": []},
	"all of a secret": {"sets": {"/2/contents/spec/template/spec/containers/0/envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}, null]}, "removed": [], "deny": [], "warn": ["env-from-secret agent.yaml#/spec/template/spec/containers/0/envFrom/1", "env-from-secret agent.yaml#/spec/template/spec/containers/0/envFrom/2"]},
	"a secret without content": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque"}}, "removed": [], "deny": [], "warn": []},
	"a secret in plain text": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "stringData": {"password": "hunter2"}}}, "removed": [], "deny": ["secret-string-data agent.yaml#/stringData"], "warn": []},
	"a secret in plain text, in another case": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "StringData": {"password": "hunter2"}}}, "removed": [], "deny": ["secret-string-data agent.yaml#/StringData"], "warn": []},
	"a secret in plain text that is empty": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "stringData": null}}, "removed": [], "deny": ["secret-string-data agent.yaml#/stringData"], "warn": []},
	"a secret in a list of Kubernetes": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "stringData": {"a": "b"}}]}}, "removed": [], "deny": ["secret-string-data agent.yaml#/items/0/stringData"], "warn": []},
	"a secret within another kind": {"sets": {"/1/contents": {"apiVersion": "template.openshift.io/v1", "kind": "Template", "metadata": {"name": "t"}, "objects": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "stringData": {"a": "b"}}]}}, "removed": [], "deny": ["secret-string-data agent.yaml#/objects/0/stringData"], "warn": []},
	"a secret in base64": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "data": {"password": "aHVudGVyMg=="}}}, "removed": [], "deny": [], "warn": ["secret-data agent.yaml#/data"]},
	"a secret with a token in it, which is told once": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "data": {"token": "ghp_0123456789abcdefghijABCDEFGHIJ"}}}, "removed": [], "deny": [], "warn": ["secret-data agent.yaml#/data"]},
	"a definition with a token as its example": {"sets": {"/1/contents": {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}, "spec": {"example": "ghp_0123456789abcdefghijABCDEFGHIJ"}}}, "removed": [], "deny": [], "warn": []},
	"a secret that is empty": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "data": {}}}, "removed": [], "deny": [], "warn": []},
	"a config map with a password": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "agentweave"}, "data": {"db-password": "hunter2", "db-password-file": "/run/x", "level": "info"}}}, "removed": [], "deny": ["config-map-secret agent.yaml#/data/db-password"], "warn": []},
	"a config map with a key in it": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "agentweave"}, "data": {"config.yaml": "database:\n  password: hunter2\n"}}}, "removed": [], "deny": ["secret-value agent.yaml#/data/config.yaml"], "warn": []},
	"a config map with a reference in it": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "agentweave"}, "data": {"config.yaml": "database:\n  password_env: DB_PASSWORD\n"}}}, "removed": [], "deny": [], "warn": []},
	"a config map that is a list": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "agentweave"}, "data": ["a"]}}, "removed": [], "deny": [], "warn": []},
}

cases_of_network := {
	"no policy": {"sets": {}, "removed": ["/3"], "deny": ["network-policy-missing agent.yaml#/metadata"], "warn": []},
	"a policy of another namespace": {"sets": {"/3/contents/metadata/namespace": "other"}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata"], "warn": []},
	"a policy of no namespace": {"sets": {}, "removed": ["/3/contents/metadata/namespace"], "deny": ["network-policy-missing agent.yaml#/metadata"], "warn": []},
	"a policy for [\"Ingress\"]": {"sets": {"/3/contents/spec/policyTypes": ["Ingress"]}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for [\"Egress\"]": {"sets": {"/3/contents/spec/policyTypes": ["Egress"]}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for []": {"sets": {"/3/contents/spec/policyTypes": []}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for null": {"sets": {"/3/contents/spec/policyTypes": null}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for \"Ingress,Egress\"": {"sets": {"/3/contents/spec/policyTypes": "Ingress,Egress"}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for [\"ingress\", \"egress\"]": {"sets": {"/3/contents/spec/policyTypes": ["ingress", "egress"]}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for [\"Ingress\", \"Egress\", \"Ingress\"]": {"sets": {"/3/contents/spec/policyTypes": ["Ingress", "Egress", "Ingress"]}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for {\"Ingress\": true, \"Egress\": true}": {"sets": {"/3/contents/spec/policyTypes": {"Ingress": true, "Egress": true}}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy of another API": {"sets": {"/3/contents/apiVersion": "crd.projectcalico.org/v1"}, "removed": [], "deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []},
	"a policy for other pods": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": {"app": "other"}}}, "removed": [], "deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a policy for these pods": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}, "removed": [], "deny": [], "warn": []},
	"a policy with an expression": {"sets": {"/3/contents/spec/podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}, "removed": [], "deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a policy with labels and an expression": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}, "matchExpressions": [{"key": "canary", "operator": "Exists"}]}}, "removed": [], "deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a policy without a selector": {"sets": {}, "removed": ["/3/contents/spec/podSelector"], "deny": ["network-policy-selector agent.yaml#/spec/podSelector", "pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a second policy for one direction": {"sets": {"/-": {"path": "b.yaml", "contents": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "agents", "namespace": "agentweave"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"protocol": "TCP", "port": 9090}]}], "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}], "ports": [{"protocol": "TCP", "port": 8081}]}, {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "UDP", "port": 53}]}]}}}}, "removed": [], "deny": ["network-policy-types b.yaml#/spec/policyTypes"], "warn": []},
	"only a policy for one direction for these pods": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": {"app": "other"}}, "/-": {"path": "b.yaml", "contents": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "agents", "namespace": "agentweave"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"protocol": "TCP", "port": 9090}]}], "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}], "ports": [{"protocol": "TCP", "port": 8081}]}, {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "UDP", "port": 53}]}]}}}}, "removed": [], "deny": ["network-policy-types b.yaml#/spec/policyTypes", "pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a second policy of another namespace": {"sets": {"/-": {"path": "b.yaml", "contents": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "other"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"protocol": "TCP", "port": 9090}]}], "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}], "ports": [{"protocol": "TCP", "port": 8081}]}, {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "UDP", "port": 53}]}]}}}}, "removed": [], "deny": [], "warn": []},
	"a policy of another namespace for these pods": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": {"app": "other"}}, "/-": {"path": "b.yaml", "contents": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x", "namespace": "other"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"protocol": "TCP", "port": 9090}]}], "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}], "ports": [{"protocol": "TCP", "port": 8081}]}, {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}, {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "UDP", "port": 53}]}]}}}}, "removed": [], "deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"a policy whose labels are a text": {"sets": {"/3/contents/spec/podSelector": {"matchLabels": "app"}}, "removed": [], "deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []},
	"ingress from agents": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}]}}, "removed": [], "deny": [], "warn": []},
	"ingress from agents of another namespace": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "agents-eu"}}}]}}, "removed": [], "deny": [], "warn": []},
	"ingress from Prometheus": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}], "ports": [{"port": 9090}]}}, "removed": [], "deny": [], "warn": []},
	"ingress from Prometheus at every port": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from Prometheus at another port": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from everybody at the port of Prometheus": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 9090}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from agents' node at the port of Prometheus": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}], "ports": [{"port": 9090}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from everybody": {"sets": {"/3/contents/spec/ingress/-": {}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from nobody named": {"sets": {"/3/contents/spec/ingress/-": {"from": []}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from nothing": {"sets": {"/3/contents/spec/ingress/-": null}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from all pods": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from all namespaces": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from agents of all namespaces": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}, "namespaceSelector": {}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from agents of namespaces without labels": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}, "namespaceSelector": {"matchLabels": {}}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from an empty peer": {"sets": {"/3/contents/spec/ingress/-": {"from": [{}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from addresses": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from agents and addresses": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from agents with addresses": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}, "ipBlock": {"cidr": "10.0.0.0/8"}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from other pods": {"sets": {"/3/contents/spec/ingress/-": {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from a text": {"sets": {"/3/contents/spec/ingress/-": {"from": "agents"}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from peers as a mapping": {"sets": {"/3/contents/spec/ingress/-": {"from": {"a": {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}}}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"ingress from a peer that is a text": {"sets": {"/3/contents/spec/ingress/-": {"from": ["agents"]}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []},
	"egress to agents": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"protocol": "TCP", "port": 8443}]}}, "removed": [], "deny": [], "warn": []},
	"egress to SPIRE": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"name": "spire-system"}}}], "ports": [{"protocol": "TCP", "port": 8081}]}}, "removed": [], "deny": [], "warn": []},
	"egress to DNS by TCP": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "TCP", "port": 53}]}}, "removed": [], "deny": [], "warn": []},
	"egress to agents at every port": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to agents at no port": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": []}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to agents at a range": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"port": 8443, "endPort": 9000}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to agents at a named port": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"port": "https"}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to agents at a text": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"port": "8443"}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to agents and more ports": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": [{"port": 8443}, {"port": 22}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to SPIRE by UDP": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}], "ports": [{"protocol": "UDP", "port": 8081}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to DNS at another port": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"protocol": "UDP", "port": 443}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to the web": {"sets": {"/3/contents/spec/egress/-": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to SPIRE with addresses": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}, "ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 8081}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to nowhere named at the port of DNS": {"sets": {"/3/contents/spec/egress/-": {"to": [], "ports": [{"protocol": "UDP", "port": 53}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to everywhere named null": {"sets": {"/3/contents/spec/egress/-": {"to": null, "ports": [{"protocol": "UDP", "port": 53}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to every namespace at the port of SPIRE": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {}}], "ports": [{"port": 8081}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to every pod at the port of agents": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {}}], "ports": [{"port": 8443}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to every pod at the port of DNS": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {}}], "ports": [{"port": 53}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to everywhere": {"sets": {"/3/contents/spec/egress/-": {}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to everywhere at the port of DNS": {"sets": {"/3/contents/spec/egress/-": {"ports": [{"protocol": "UDP", "port": 53}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to SPIRE and the API server in one": {"sets": {"/3/contents/spec/egress/-": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "spire-system"}}}, {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}], "ports": [{"port": 8081}]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to nothing": {"sets": {"/3/contents/spec/egress/-": null}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to ports as a text": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": "8443"}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"egress to a port that is a text": {"sets": {"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}], "ports": ["8443"]}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []},
	"ingress as a mapping": {"sets": {"/3/contents/spec/ingress": {"0": {}}}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress"], "warn": []},
	"ingress that is null": {"sets": {"/3/contents/spec/ingress": null}, "removed": [], "deny": ["network-ingress agent.yaml#/spec/ingress"], "warn": []},
	"no ingress, so nothing passes": {"sets": {}, "removed": ["/3/contents/spec/ingress"], "deny": [], "warn": []},
	"egress as a mapping": {"sets": {"/3/contents/spec/egress": {"0": {}}}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress"], "warn": []},
	"egress that is null": {"sets": {"/3/contents/spec/egress": null}, "removed": [], "deny": ["network-egress agent.yaml#/spec/egress"], "warn": []},
	"no egress, so nothing passes": {"sets": {}, "removed": ["/3/contents/spec/egress"], "deny": [], "warn": []},
}

all_cases := [cases_of_namespaces, cases_of_pods, cases_of_containers, cases_of_secrets, cases_of_network]
