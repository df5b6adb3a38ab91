# METADATA
# title: Tests of the checks of manifests
package agentweave.kubernetes_test

import data.agentweave.kubernetes

good := [
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "v1",
			"kind": "Namespace",
			"metadata": {
				"name": "agentweave",
				"labels": {
					"pod-security.kubernetes.io/enforce": "restricted",
					"pod-security.kubernetes.io/audit": "restricted",
					"pod-security.kubernetes.io/warn": "restricted",
				},
			},
		},
	},
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "v1",
			"kind": "ServiceAccount",
			"metadata": {
				"name": "data-processor",
				"namespace": "agentweave",
			},
			"automountServiceAccountToken": false,
		},
	},
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "apps/v1",
			"kind": "Deployment",
			"metadata": {
				"name": "data-processor",
				"namespace": "agentweave",
			},
			"spec": {
				"replicas": 2,
				"selector": {
					"matchLabels": {
						"app.kubernetes.io/name": "data-processor",
					},
				},
				"template": {
					"metadata": {
						"labels": {
							"app.kubernetes.io/name": "data-processor",
							"app.kubernetes.io/part-of": "agentweave",
						},
					},
					"spec": {
						"serviceAccountName": "data-processor",
						"securityContext": {
							"runAsNonRoot": true,
							"runAsUser": 10001,
							"fsGroup": 10001,
							"seccompProfile": {
								"type": "RuntimeDefault",
							},
						},
						"initContainers": [
							{
								"name": "wait-for-spire",
								"image": "registry.example.com/wait-for-socket:1.2.0",
								"args": [
									"/run/spire/sockets/agent.sock",
								],
								"securityContext": {
									"allowPrivilegeEscalation": false,
									"readOnlyRootFilesystem": true,
									"capabilities": {
										"drop": [
											"ALL",
										],
									},
								},
								"resources": {
									"requests": {
										"cpu": "10m",
										"memory": "16Mi",
									},
									"limits": {
										"cpu": "50m",
										"memory": "32Mi",
									},
								},
							},
						],
						"containers": [
							{
								"name": "agent",
								"image": "registry.example.com/data-processor:2.4.1",
								"env": [
									{
										"name": "SPIFFE_ENDPOINT_SOCKET",
										"value": "unix:///run/spire/sockets/agent.sock",
									},
									{
										"name": "DB_PASSWORD",
										"valueFrom": {
											"secretKeyRef": {
												"name": "agent-secrets",
												"key": "db-password",
											},
										},
									},
									{
										"name": "POD_NAME",
										"valueFrom": {
											"fieldRef": {
												"fieldPath": "metadata.name",
											},
										},
									},
								],
								"securityContext": {
									"allowPrivilegeEscalation": false,
									"readOnlyRootFilesystem": true,
									"capabilities": {
										"drop": [
											"ALL",
										],
									},
								},
								"resources": {
									"requests": {
										"cpu": "100m",
										"memory": "256Mi",
									},
									"limits": {
										"cpu": "500m",
										"memory": "512Mi",
									},
								},
							},
							{
								"name": "opa",
								"image": "openpolicyagent/opa:1.22.2-static",
								"args": [
									"run",
									"--server",
									"--addr=localhost:8181",
									"--config-file=/etc/opa/opa.yaml",
									"--authentication=token",
									"--authorization=basic",
								],
								"securityContext": {
									"allowPrivilegeEscalation": false,
									"readOnlyRootFilesystem": true,
									"capabilities": {
										"drop": [
											"ALL",
										],
									},
								},
								"resources": {
									"requests": {
										"cpu": "50m",
										"memory": "128Mi",
									},
									"limits": {
										"cpu": "200m",
										"memory": "256Mi",
									},
								},
							},
						],
					},
				},
			},
		},
	},
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "networking.k8s.io/v1",
			"kind": "NetworkPolicy",
			"metadata": {
				"name": "agents",
				"namespace": "agentweave",
			},
			"spec": {
				"podSelector": {},
				"policyTypes": [
					"Ingress",
					"Egress",
				],
				"ingress": [
					{
						"from": [
							{
								"podSelector": {
									"matchLabels": {
										"app.kubernetes.io/part-of": "agentweave",
									},
								},
							},
						],
						"ports": [
							{
								"protocol": "TCP",
								"port": 8443,
							},
						],
					},
					{
						"from": [
							{
								"namespaceSelector": {
									"matchLabels": {
										"kubernetes.io/metadata.name": "monitoring",
									},
								},
							},
						],
						"ports": [
							{
								"protocol": "TCP",
								"port": 9090,
							},
						],
					},
				],
				"egress": [
					{
						"to": [
							{
								"namespaceSelector": {
									"matchLabels": {
										"kubernetes.io/metadata.name": "spire-system",
									},
								},
							},
						],
						"ports": [
							{
								"protocol": "TCP",
								"port": 8081,
							},
						],
					},
					{
						"to": [
							{
								"podSelector": {
									"matchLabels": {
										"app.kubernetes.io/part-of": "agentweave",
									},
								},
							},
						],
						"ports": [
							{
								"protocol": "TCP",
								"port": 8443,
							},
						],
					},
					{
						"to": [
							{
								"namespaceSelector": {
									"matchLabels": {
										"kubernetes.io/metadata.name": "kube-system",
									},
								},
							},
						],
						"ports": [
							{
								"protocol": "UDP",
								"port": 53,
							},
						],
					},
				],
			},
		},
	},
	{
		"path": "agent.yaml",
		"contents": {
			"apiVersion": "batch/v1",
			"kind": "CronJob",
			"metadata": {
				"name": "reindex",
				"namespace": "agentweave",
			},
			"spec": {
				"schedule": "17 3 * * *",
				"jobTemplate": {
					"spec": {
						"template": {
							"metadata": {
								"labels": {
									"app.kubernetes.io/part-of": "agentweave",
								},
							},
							"spec": {
								"restartPolicy": "Never",
								"securityContext": {
									"runAsNonRoot": true,
									"runAsUser": 10001,
									"seccompProfile": {
										"type": "RuntimeDefault",
									},
								},
								"containers": [
									{
										"name": "reindex",
										"image": "registry.example.com/reindex:1.0.3",
										"securityContext": {
											"allowPrivilegeEscalation": false,
											"readOnlyRootFilesystem": true,
											"capabilities": {
												"drop": [
													"ALL",
												],
											},
										},
										"resources": {
											"requests": {
												"cpu": "100m",
												"memory": "128Mi",
											},
											"limits": {
												"cpu": "1",
												"memory": "512Mi",
											},
										},
									},
								],
							},
						},
					},
				},
			},
		},
	},
]

changed(sets, removed) := json.patch(good, array.concat(
	[{"op": "remove", "path": path} | some path in removed],
	[{"op": "add", "path": path, "value": value} | some path, value in sets],
))

test_the_good_one_has_no_finding if {
	kubernetes.summary == {"deny": [], "warn": []} with input as good
	kubernetes.compliant with input as good
}

test_no_input_is_not_compliant if kubernetes.compliant == false

# One change to the good one, and what is found. The tables in testcases/agentweave-kubernetes have many more.

test_the_label_enforce_is_baseline if {
	document := changed({"/0/contents/metadata/labels/pod-security.kubernetes.io~1enforce": "baseline"}, [])
	kubernetes.summary == {"deny": ["pod-security-labels agent.yaml#/metadata/labels/pod-security.kubernetes.io/enforce"], "warn": []} with input as document
}

test_a_manifest_without_a_kind if {
	document := changed({}, ["/1/contents/kind"])
	kubernetes.summary == {"deny": ["manifest-unreadable agent.yaml#"], "warn": []} with input as document
}

test_a_manifest_with_a_generated_name if {
	document := changed({"/1/contents/metadata": {"generateName": "job-"}}, [])
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_a_bad_pod_alone if {
	document := changed({"/1/contents": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "agentweave", "labels": {"app.kubernetes.io/name": "data-processor", "app.kubernetes.io/part-of": "agentweave"}}, "spec": {"serviceAccountName": "data-processor", "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "initContainers": [{"name": "wait-for-spire", "image": "registry.example.com/wait-for-socket:1.2.0", "args": ["/run/spire/sockets/agent.sock"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}}}], "containers": [{"name": "agent", "image": "registry.example.com/data-processor:2.4.1", "env": [{"name": "SPIFFE_ENDPOINT_SOCKET", "value": "unix:///run/spire/sockets/agent.sock"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "agent-secrets", "key": "db-password"}}}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}}, {"name": "opa", "image": "openpolicyagent/opa:1.22.2-static", "args": ["run", "--server", "--addr=localhost:8181", "--config-file=/etc/opa/opa.yaml", "--authentication=token", "--authorization=basic"], "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}, "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}}}], "hostNetwork": true}}}, [])
	kubernetes.summary == {"deny": ["host-namespaces agent.yaml#/spec/hostNetwork"], "warn": []} with input as document
}

test_a_statefulset_without_a_pod if {
	document := changed({"/2/contents/kind": "StatefulSet"}, ["/2/contents/spec/template/spec"])
	kubernetes.summary == {"deny": ["pod-unreadable agent.yaml#/spec/template/spec/containers"], "warn": []} with input as document
}

test_a_definition_of_resources_that_have_containers if {
	document := changed({"/1/contents": {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"}, "spec": {"properties": {"containers": {"type": "array"}, "stringData": {"type": "object"}}}}}, [])
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_no_namespace if {
	document := changed({}, ["/4/contents/metadata/namespace"])
	kubernetes.summary == {"deny": ["network-policy-missing agent.yaml#/metadata"], "warn": ["namespace-unnamed agent.yaml#/metadata/namespace"]} with input as document
}

test_a_container_that_is_nothing if {
	document := changed({"/2/contents/spec/template/spec/containers/2": null}, [])
	kubernetes.summary == {"deny": ["capabilities-drop agent.yaml#/spec/template/spec/containers/2/securityContext/capabilities/drop", "pod-unreadable agent.yaml#/spec/template/spec/containers/2", "privilege-escalation agent.yaml#/spec/template/spec/containers/2/securityContext/allowPrivilegeEscalation", "read-only-root agent.yaml#/spec/template/spec/containers/2/securityContext/readOnlyRootFilesystem", "resources agent.yaml#/spec/template/spec/containers/2/resources/limits/cpu", "resources agent.yaml#/spec/template/spec/containers/2/resources/limits/memory", "resources agent.yaml#/spec/template/spec/containers/2/resources/requests/cpu", "resources agent.yaml#/spec/template/spec/containers/2/resources/requests/memory"], "warn": []} with input as document
}

test_hostnetwork_is_false if {
	document := changed({"/2/contents/spec/template/spec/hostNetwork": false}, [])
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_hostpid_is_false if {
	document := changed({"/2/contents/spec/template/spec/hostPID": false}, [])
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_hostipc_is_false if {
	document := changed({"/2/contents/spec/template/spec/hostIPC": false}, [])
	kubernetes.summary == {"deny": [], "warn": []} with input as document
}

test_the_pod_has_runasnonroot_false if {
	document := changed({"/2/contents/spec/template/spec/securityContext/runAsNonRoot": false}, [])
	kubernetes.summary == {"deny": ["run-as-non-root agent.yaml#/spec/template/spec/securityContext/runAsNonRoot"], "warn": []} with input as document
}

test_the_pod_has_runasuser_0 if {
	document := changed({"/2/contents/spec/template/spec/securityContext/runAsUser": 0}, [])
	kubernetes.summary == {"deny": ["run-as-user agent.yaml#/spec/template/spec/securityContext/runAsUser"], "warn": []} with input as document
}

test_the_filter_of_system_calls_is_unconfined if {
	document := changed({"/2/contents/spec/template/spec/securityContext/seccompProfile/type": "Unconfined"}, [])
	kubernetes.summary == {"deny": ["seccomp agent.yaml#/spec/template/spec/securityContext/seccompProfile/type"], "warn": []} with input as document
}

test_privileged_true if {
	document := changed({"/2/contents/spec/template/spec/containers/0/securityContext/privileged": true}, [])
	kubernetes.summary == {"deny": ["privileged agent.yaml#/spec/template/spec/containers/0/securityContext/privileged"], "warn": []} with input as document
}

test_capabilities_that_add_net_bind_service if {
	document := changed({"/2/contents/spec/template/spec/containers/0/securityContext/capabilities/add": ["NET_BIND_SERVICE"]}, [])
	kubernetes.summary == {"deny": ["capabilities-add agent.yaml#/spec/template/spec/containers/0/securityContext/capabilities/add"], "warn": []} with input as document
}

test_a_password_in_plain_text if {
	document := changed({"/2/contents/spec/template/spec/containers/0/env/-": {"name": "ADMIN_PASSWORD", "value": "hunter2"}}, [])
	kubernetes.summary == {"deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3"], "warn": []} with input as document
}

test_a_dsn_with_its_password if {
	document := changed({"/2/contents/spec/template/spec/containers/0/env/-": {"name": "DB_DSN", "value": "postgres://app:hunter2@db/app"}}, [])
	kubernetes.summary == {"deny": ["env-secret agent.yaml#/spec/template/spec/containers/0/env/3", "secret-value agent.yaml#/spec/template/spec/containers/0/env/3/value"], "warn": []} with input as document
}

test_all_of_a_secret if {
	document := changed({"/2/contents/spec/template/spec/containers/0/envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}, null]}, [])
	kubernetes.summary == {"deny": [], "warn": ["env-from-secret agent.yaml#/spec/template/spec/containers/0/envFrom/1", "env-from-secret agent.yaml#/spec/template/spec/containers/0/envFrom/2"]} with input as document
}

test_a_secret_in_plain_text if {
	document := changed({"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "stringData": {"password": "hunter2"}}}, [])
	kubernetes.summary == {"deny": ["secret-string-data agent.yaml#/stringData"], "warn": []} with input as document
}

test_a_secret_in_base64 if {
	document := changed({"/1/contents": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "agentweave"}, "type": "Opaque", "data": {"password": "aHVudGVyMg=="}}}, [])
	kubernetes.summary == {"deny": [], "warn": ["secret-data agent.yaml#/data"]} with input as document
}

test_a_config_map_with_a_password if {
	document := changed({"/1/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "agentweave"}, "data": {"db-password": "hunter2", "db-password-file": "/run/x", "level": "info"}}}, [])
	kubernetes.summary == {"deny": ["config-map-secret agent.yaml#/data/db-password"], "warn": []} with input as document
}

test_a_policy_for_ingress if {
	document := changed({"/3/contents/spec/policyTypes": ["Ingress"]}, [])
	kubernetes.summary == {"deny": ["network-policy-missing agent.yaml#/metadata", "network-policy-types agent.yaml#/spec/policyTypes"], "warn": []} with input as document
}

test_a_policy_for_other_pods if {
	document := changed({"/3/contents/spec/podSelector": {"matchLabels": {"app": "other"}}}, [])
	kubernetes.summary == {"deny": ["pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []} with input as document
}

test_a_policy_without_a_selector if {
	document := changed({}, ["/3/contents/spec/podSelector"])
	kubernetes.summary == {"deny": ["network-policy-selector agent.yaml#/spec/podSelector", "pod-not-isolated agent.yaml#/spec/jobTemplate/spec/template/spec", "pod-not-isolated agent.yaml#/spec/template/spec"], "warn": []} with input as document
}

test_ingress_from_prometheus_at_every_port if {
	document := changed({"/3/contents/spec/ingress/-": {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]}}, [])
	kubernetes.summary == {"deny": ["network-ingress agent.yaml#/spec/ingress/2"], "warn": []} with input as document
}

test_egress_to_agents_at_every_port if {
	document := changed({"/3/contents/spec/egress/-": {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "agentweave"}}}]}}, [])
	kubernetes.summary == {"deny": ["network-egress agent.yaml#/spec/egress/3"], "warn": []} with input as document
}

# One manifest, lists of them, and none.

deployment := good[2].contents

test_one_manifest_needs_no_network_policy if kubernetes.summary == {"deny": [], "warn": []} with input as deployment

test_one_manifest_is_judged if {
	kubernetes.summary.deny == ["host-namespaces #/spec/template/spec/hostNetwork"] with input as json.patch(deployment, [{"op": "add", "path": "/spec/template/spec/hostNetwork", "value": true}])
}

test_a_list_needs_one if {
	kubernetes.summary.deny == ["network-policy-missing #/0/metadata", "network-policy-missing #/1/metadata"] with input as [good[0].contents, deployment]
}

test_all_in_one_list if {
	kubernetes.summary == {"deny": [], "warn": []} with input as [entry.contents | some entry in good]
}

test_nothing_readable[name] if {
	some name, document in {"null": null, "a text": "x", "an empty list": [], "a number": 1}
	count(kubernetes.deny) > 0 with input as document
}

test_a_list_that_is_not_of_files[kind] if {
	some kind, document in {
		"one without a path": [good[0], deployment],
		"a path that is a number": [{"path": 1, "contents": deployment}],
		"no contents": [{"path": "a.yaml"}],
	}
	"manifest-unreadable" in {finding.rule | some finding in kubernetes.deny} with input as document
}

test_the_name_that_conftest_tells if {
	kubernetes.summary.deny == ["manifest-unreadable a.yaml#"] with input as {} with data.conftest.file.name as "a.yaml"
}

test_the_finding_names_file_and_document if {
	found := kubernetes.deny with input as changed({"/2/contents/spec/template/spec/hostPID": true}, [])
	[[finding.file, finding.document, finding.rule, finding.path] | some finding in found] == [["agent.yaml", 2, "host-namespaces", ["spec", "template", "spec", "hostPID"]]]
}

test_no_input if kubernetes.summary.deny == ["manifest-unreadable #"]

test_each_finding_is_explained if {
	found := kubernetes.deny | kubernetes.warn with input as {}
	count(found) > 0
	every finding in found {
		finding.why != ""
		finding.help != ""
		finding.msg != ""
	}
}
