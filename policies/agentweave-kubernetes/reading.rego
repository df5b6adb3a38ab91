# How manifests are read.
# Documents, manifests and pods in them, and the questions that the rules ask. A question about a value is answered for
# every value, the missing one (null) included, so that a rule can say "not good" of it.

package agentweave.kubernetes

# METADATA
# title: The input, null when there is none
# scope: document
default whole := null

# METADATA
# title: The input as it was given
# scope: rule
whole := input

# METADATA
# title: The name of the file that conftest tells, or nothing
# scope: document
default file_told := ""

# METADATA
# title: conftest tells it to each policy
# scope: rule
file_told := data.conftest.file.name

# METADATA
# title: The input is a list of files
# description: As conftest --combine gives it, an array of objects with path and contents, and nothing else.
# scope: document
default combined := false

# METADATA
# title: Each entry has a path and contents
# scope: rule
combined if {
	is_array(whole)
	count(whole) > 0
	every entry in whole {
		is_string(entry.path)
		"contents" in object.keys(entry)
	}
}

# METADATA
# title: The documents of the input
# description: Of a combined input one for each entry; of any other input the input itself.
# scope: document
documents contains {"file": file_told, "number": 0, "contents": whole} if not combined

# METADATA
# title: One document for each entry
# scope: rule
documents contains {"file": entry.path, "number": number, "contents": entry.contents} if {
	combined
	some number, entry in whole
}

# METADATA
# title: The manifests of a document
# description: Those in arrays and in lists of Kubernetes too, at any depth.
# scope: document
manifests_of(document) := {{"file": document.file, "number": document.number, "base": path, "value": value} |
	[path, value] := walk(document.contents)
	every part in path {
		in_lists(part)
	}
	not last_of(path) == "items"
	not is_array(value)
	not is_list(value)
}

# METADATA
# title: All manifests
# scope: document
manifests contains manifest if {
	some document in documents
	some manifest in manifests_of(document)
}

# METADATA
# title: A place in an array
# scope: rule
in_lists(part) if is_number(part)

# METADATA
# title: What a list of Kubernetes keeps its manifests in
# scope: rule
in_lists("items")

# METADATA
# title: The last part of a path, null of the empty one
# scope: rule
last_of(path) := path[count(path) - 1] if count(path) > 0

# METADATA
# title: The root has none
# scope: rule
last_of(path) := null if count(path) == 0

# METADATA
# title: A list of Kubernetes
# scope: document
is_list(value) if {
	is_array(below(value, ["items"]))
	is_string(below(value, ["kind"]))
	endswith(below(value, ["kind"]), "List")
}

# METADATA
# title: There is more than one manifest, so that some can be missing
# scope: document
several if count(manifests) > 1

# METADATA
# title: A manifest that says what it is
# scope: document
named(manifest) if {
	matches(`^([a-z0-9.-]+/)?v[0-9]+((alpha|beta)[0-9]+)?$`, at(manifest, ["apiVersion"]))
	matches(`^[A-Z][A-Za-z0-9]*$`, at(manifest, ["kind"]))
	some key in ["name", "generateName"]
	text_given(at(manifest, ["metadata", key]))
}

# METADATA
# title: A string of a form
# scope: document
matches(form, value) if {
	is_string(value)
	regex.match(form, value)
}

# METADATA
# title: Where the pod of each kind stands
# scope: document
pod_paths := {
	"Pod": ["spec"],
	"Deployment": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
	"PodTemplate": ["template", "spec"],
}

# METADATA
# title: The lists of containers that a pod has
# scope: document
container_lists := {"containers", "initContainers", "ephemeralContainers"}

# METADATA
# title: The labels by which a namespace asks for restricted pods
# scope: document
pod_security_labels := {
	"pod-security.kubernetes.io/enforce",
	"pod-security.kubernetes.io/audit",
	"pod-security.kubernetes.io/warn",
}

# METADATA
# title: Pods of the kinds that have one, there or not
# scope: rule
pods contains pod_at(manifest, pod_paths[at(manifest, ["kind"])]) if some manifest in manifests

# METADATA
# title: Whatever has containers, in any other kind
# scope: rule
pods contains pod_at(manifest, path) if {
	some manifest in manifests
	at(manifest, ["kind"]) != "CustomResourceDefinition"
	[path, value] := walk(manifest.value)
	is_object(value)
	some key in container_lists
	key in object.keys(value)
}

# METADATA
# title: A pod with its place and labels
# scope: document
pod_at(manifest, path) := {
	"manifest": manifest,
	"path": path,
	"spec": below(manifest.value, path),
	"labels": below(manifest.value, array.concat(array.slice(path, 0, count(path) - 1), ["metadata", "labels"])),
}

# METADATA
# title: The containers of all pods
# scope: document
containers contains container if {
	some pod in pods
	some key in container_lists
	some place, value in list(below(pod.spec, [key]))
	container := {
		"manifest": pod.manifest,
		"pod": pod,
		"list": key,
		"path": array.concat(pod.path, [key, place]),
		"value": value,
	}
}

# METADATA
# title: What is said of a place in a manifest
# scope: document
of(manifest, rule, path, text) := finding(manifest, rule, array.concat(manifest.base, path), text)

# METADATA
# title: What is said of one place
# scope: document
finding(document, rule, path, text) := {
	"msg": sprintf("%s %s", [name_of(path), text]),
	"rule": rule,
	"path": path,
	"file": document.file,
	"document": document.number,
	"why": object.get(guidance, [rule, "why"], ""),
	"help": object.get(guidance, [rule, "help"], ""),
}

# METADATA
# title: A finding on one line
# scope: document
short(found) := sprintf("%s %s#%s", [found.rule, found.file, concat("", [sprintf("/%v", [part]) | some part in found.path])])

# METADATA
# title: What people call the place
# scope: rule
name_of(path) := "the document" if count(path) == 0

# METADATA
# title: Keys and numbers with dots between
# scope: rule
name_of(path) := concat(".", [sprintf("%v", [part]) | some part in path]) if count(path) > 0

# METADATA
# title: The value at a path in a manifest, null when there is none
# scope: document
at(manifest, path) := below(manifest.value, path)

# METADATA
# title: The value at a path, null when there is none
# scope: rule
below(value, path) := object.get(value, path, null) if is_object(value)

# METADATA
# title: There is nothing below what is no object
# scope: rule
below(value, _) := null if not is_object(value)

# METADATA
# title: There is something at the path, whatever it is
# scope: document
has(value, path) if {
	is_object(value)
	object.get(value, path, {"absent"}) != {"absent"}
}

# METADATA
# title: A setting of the container's own security context, null when there is none
# scope: document
own(container, path) := below(container.value, array.concat(["securityContext"], path))

# METADATA
# title: Where it stands
# scope: document
own_path(container, path) := array.concat(container.path, array.concat(["securityContext"], path))

# METADATA
# title: A setting that the container has, or else its pod
# scope: rule
effective(container, key) := own(container, [key]) if has(container.value, ["securityContext", key])

# METADATA
# title: The pod speaks where the container does not
# scope: rule
effective(container, key) := below(container.pod.spec, ["securityContext", key]) if {
	not has(container.value, ["securityContext", key])
}

# METADATA
# title: Where the setting stands
# scope: rule
effective_path(container, key) := array.concat(container.pod.path, ["securityContext", key]) if {
	not has(container.value, ["securityContext", key])
	has(container.pod.spec, ["securityContext", key])
} else := own_path(container, [key])

# METADATA
# title: The id of a user that no host has
# scope: document
high_id(value) if {
	is_number(value)
	value == floor(value)
	value > 10000
}

# METADATA
# title: A number greater than zero
# scope: rule
amount(value) if {
	is_number(value)
	value > 0
}

# METADATA
# title: A quantity of Kubernetes greater than zero
# scope: rule
amount(value) if {
	is_string(value)
	regex.match(`^[0-9]*[1-9][0-9]*(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$|^[0-9]+\.[0-9]*[1-9][0-9]*(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$`, value)
}

# METADATA
# title: The array, or an empty one in place of anything else
# scope: rule
list(value) := value if is_array(value)

# METADATA
# title: What is no array has no entries
# scope: rule
list(value) := [] if not is_array(value)

# METADATA
# title: An array with entries
# scope: document
list_given(value) if count(list(value)) > 0

# METADATA
# title: A string with something in it
# scope: document
text_given(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# title: The last part of a path
# scope: document
last(path) := path[count(path) - 1]
