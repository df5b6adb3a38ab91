package admission

deny contains msg if {
	input.request.kind.kind == "Pod"
	some container in input.request.object.spec.containers
	not startswith(container.image, "registry.example/")
	msg := sprintf("container %v uses image %v", [container.name, container.image])
}

deny contains msg if {
	input.request.kind.kind == "Pod"
	some container in input.request.object.spec.containers
	not container.resources.limits.memory
	msg := sprintf("container %v has no memory limit", [container.name])
}

deny contains msg if {
	some container in input.request.object.spec.containers
	container.securityContext.privileged
	msg := sprintf("container %v is privileged", [container.name])
}

deny contains msg if {
	some required in {"owner", "team", "cost-centre"}
	not input.request.object.metadata.labels[required]
	msg := sprintf("label %v is missing", [required])
}

allow if count(deny) == 0
