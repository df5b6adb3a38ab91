# METADATA
# title: Tests of the admission of pods and deployments
# description: Every test brings its own documents, so the results do not depend on the data that was loaded.
package admission.workloads_test

import data.admission.workloads

documents := {
	"namespaces": {"shop": {"replicas": 5, "memory": "1Gi"}},
	"registries": [{"host": "registry.test", "projects": ["shop"]}],
	"teams": ["checkout"],
	"deployers": [{"user": "ci", "namespaces": ["shop"]}],
}

digest := "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

context := {
	"privileged": false,
	"allowPrivilegeEscalation": false,
	"runAsNonRoot": true,
	"runAsUser": 1000,
	"readOnlyRootFilesystem": true,
	"capabilities": {"drop": ["ALL"], "add": []},
}

container := {
	"name": "main",
	"image": concat("@", ["registry.test/shop/cart", digest]),
	"securityContext": context,
	"resources": {"limits": {"memory": "256Mi"}},
}

spec := {
	"containers": [container],
	"initContainers": [],
	"ephemeralContainers": [],
	"volumes": [{"name": "config", "configMap": {"name": "cart"}}],
	"hostNetwork": false,
	"hostPID": false,
	"hostIPC": false,
}

review(kind, object) := {"request": {
	"operation": "CREATE",
	"kind": {"group": "", "version": "v1", "kind": kind},
	"namespace": "shop",
	"userInfo": {"username": "ci"},
	"object": object,
}}

metadata := {"name": "cart", "labels": {"app": "cart", "team": "checkout"}}

pod(changed) := review("Pod", {"metadata": metadata, "spec": object.union(spec, changed)})

deployment(replicas) := review("Deployment", {
	"metadata": metadata,
	"spec": {"replicas": replicas, "template": {"spec": spec}},
})

with_container(changed) := pod({"containers": [object.union(container, changed)]})

with_request(changed) := object.union(pod({}), {"request": changed})

judge(asked) := decision if {
	decision := workloads.decision with input as asked
		with data.admission.namespaces as documents.namespaces
		with data.admission.registries as documents.registries
		with data.admission.teams as documents.teams
		with data.admission.deployers as documents.deployers
}

allowed(asked) if judge(asked) == {"allow": true, "codes": []}

denied(asked, code) if judge(asked) == {"allow": false, "codes": [code]}

test_a_hardened_pod_is_admitted if allowed(pod({}))

test_a_deployment_is_admitted if allowed(deployment(3))

test_too_many_replicas if denied(deployment(6), "replicas_out_of_bounds")

test_an_update_is_judged_too if {
	allowed(with_request({"operation": "UPDATE"}))
	judge(with_request({"operation": "CONNECT"})).allow == false
}

test_an_image_of_another_registry if {
	denied(with_container({"image": concat("@", ["docker.test/shop/cart", digest])}), "image_not_allowed")
}

test_an_image_of_another_project if {
	denied(with_container({"image": concat("@", ["registry.test/games/cart", digest])}), "image_not_allowed")
}

test_an_image_by_its_tag if denied(with_container({"image": "registry.test/shop/cart:1.4"}), "image_not_allowed")

test_a_privileged_container if {
	denied(with_container({"securityContext": {"privileged": true}}), "privileges_not_dropped")
}

test_a_container_that_runs_as_root if {
	denied(with_container({"securityContext": {"runAsUser": 0}}), "privileges_not_dropped")
	denied(with_container({"securityContext": {"runAsNonRoot": false}}), "privileges_not_dropped")
}

test_a_container_that_adds_a_capability if {
	denied(with_container({"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}), "capabilities_not_dropped")
}

test_a_container_without_limits if {
	denied(pod({"containers": [object.remove(container, ["resources"])]}), "resources_not_bounded")
}

test_a_container_with_too_much_memory if {
	denied(with_container({"resources": {"limits": {"memory": "4Gi"}}}), "resources_not_bounded")
}

test_init_containers_are_judged_too if {
	init := object.union(container, {"name": "init", "securityContext": {"privileged": true}})
	denied(pod({"initContainers": [init]}), "privileges_not_dropped")
}

test_the_path_of_a_host_is_no_volume if {
	denied(pod({"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}]}), "volume_not_allowed")
}

test_the_network_of_a_host_is_not_shared if denied(pod({"hostNetwork": true}), "host_namespaces_shared")

test_labels_name_app_and_team if {
	denied(with_request({"object": {"metadata": {"labels": {"team": "pirates"}}}}), "team_unknown")
	denied(with_request({"object": {"metadata": {"labels": {"app": "9"}}}}), "app_label_missing")
}

test_a_user_deploys_where_it_may if {
	denied(with_request({"userInfo": {"username": "rita"}}), "user_may_not_deploy_here")
}
