# METADATA
# title: Admission of pods and deployments
# description: |
#   Decides whether a pod or a deployment may be created or updated. The webhook's adapter writes every field with its
#   default into the object, so a field that is absent is a request that can't be judged, and it is denied. What is wrong
#   is collected as codes; each comes from a check that can't be established, never from one that was not made.
# custom:
#   input: [request]
#   data: [namespaces, registries, teams, deployers]
package admission.workloads

import future.keywords.not

# METADATA
# title: May the object be admitted
# description: True or false for every input and every state of the data.
# scope: document
# entrypoint: true
default allow := false

allow if {
	shape_sound
	count(deny) == 0
}

# METADATA
# title: The decision with its grounds
# scope: document
decision := {"allow": allow, "codes": sort(deny)}

# METADATA
# title: The request is of a kind that is judged here, and has its parts
# scope: document
shape_sound if {
	input.request.operation in {"CREATE", "UPDATE"}
	is_string(input.request.namespace)
	is_string(input.request.userInfo.username)
	is_object(input.request.object.metadata.labels)
	is_array(pod.containers)
	count(pod.containers) > 0
	is_array(pod.initContainers)
	is_array(pod.ephemeralContainers)
	is_array(pod.volumes)
	count(containers) > 0
	every container in containers {
		is_string(container.name)
		is_string(container.image)
		is_object(container.securityContext)
	}
}

# METADATA
# title: What is wrong with the request, as codes
# scope: document
deny contains "user_may_not_deploy_here" if not deployer

deny contains "team_unknown" if not input.request.object.metadata.labels.team in data.admission.teams

deny contains "app_label_missing" if not regex.match(`^[a-z][a-z0-9-]{0,62}$`, input.request.object.metadata.labels.app)

deny contains "replicas_out_of_bounds" if not replicas_bounded

deny contains "host_namespaces_shared" if not host_apart

deny contains "volume_not_allowed" if not volumes_allowed

deny contains "image_not_allowed" if {
	some container in containers
	not image_allowed(container.image)
}

deny contains "privileges_not_dropped" if {
	some container in containers
	not unprivileged(container.securityContext)
}

deny contains "capabilities_not_dropped" if {
	some container in containers
	not capabilities_dropped(container.securityContext.capabilities)
}

deny contains "resources_not_bounded" if {
	some container in containers
	not memory_bounded(container)
}

# METADATA
# title: The pod that comes of it
# scope: document
pod := input.request.object.spec if input.request.kind.kind == "Pod"

pod := input.request.object.spec.template.spec if input.request.kind.kind == "Deployment"

# METADATA
# title: All containers, also those that run first and those that are added to look inside
# scope: document
containers := array.concat(array.concat(pod.containers, pod.initContainers), pod.ephemeralContainers)

# METADATA
# title: The user deploys in this namespace
# scope: document
deployer if {
	some entry in data.admission.deployers
	entry.user == input.request.userInfo.username
	is_array(entry.namespaces)
	input.request.namespace in entry.namespaces
}

# METADATA
# title: One pod, or a deployment with as many as the namespace may have
# scope: document
replicas_bounded if {
	input.request.kind.kind == "Pod"
	is_object(data.admission.namespaces[input.request.namespace])
}

replicas_bounded if {
	input.request.kind.kind == "Deployment"
	replicas := input.request.object.spec.replicas
	is_number(replicas)
	replicas >= 1
	most := data.admission.namespaces[input.request.namespace].replicas
	is_number(most)
	replicas <= most
}

# METADATA
# title: The pod shares no namespace with its host
# scope: document
host_apart if {
	pod.hostNetwork == false
	pod.hostPID == false
	pod.hostIPC == false
}

# METADATA
# title: Each volume is of one allowed source and nothing else
# scope: document
volumes_allowed if {
	every volume in pod.volumes {
		is_string(volume.name)
		count(object.keys(volume)) == 2
		some source in ["configMap", "secret", "emptyDir", "projected", "persistentVolumeClaim"]
		is_object(volume[source])
	}
}

# METADATA
# title: An image of a listed registry and project, by its digest
# scope: document
image_allowed(image) if {
	regex.match(`^[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*){2,5}@sha256:[0-9a-f]{64}$`, image)
	parts := split(image, "/")
	some registry in data.admission.registries
	registry.host == parts[0]
	is_array(registry.projects)
	parts[1] in registry.projects
}

# METADATA
# title: The container can't gain what the host has
# scope: document
unprivileged(context) if {
	context.privileged == false
	context.allowPrivilegeEscalation == false
	context.runAsNonRoot == true
	context.readOnlyRootFilesystem == true
	is_number(context.runAsUser)
	context.runAsUser >= 1000
}

# METADATA
# title: All capabilities are dropped and none is added
# scope: document
capabilities_dropped(capabilities) if {
	is_array(capabilities.drop)
	"ALL" in capabilities.drop
	capabilities.add == []
}

# METADATA
# title: The container has a limit of memory within that of its namespace
# scope: document
memory_bounded(container) if {
	is_string(container.resources.limits.memory)
	most := data.admission.namespaces[input.request.namespace].memory
	is_string(most)
	units.parse_bytes(container.resources.limits.memory) <= units.parse_bytes(most)
	units.parse_bytes(container.resources.limits.memory) > 0
}
