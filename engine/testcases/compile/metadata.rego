# METADATA
# title: The package
# organizations: [one, two]
# custom:
#   level: 3
#   list: [a, {b: null}]
package metadata

# METADATA
# title: A rule
# description: It says what it is.
# related_resources: ["https://example.com/a"]
# authors: ["Ann <ann@example.com>"]
p := rego.metadata.rule().title

# METADATA
# scope: document
# title: A document
# entrypoint: true

# METADATA
# title: Q
q contains x if {
	chain := rego.metadata.chain()
	some link in chain
	x := link.annotations.title
	titles := [y | y := rego.metadata.rule().title]
	count(titles) == 1
}

# METADATA
# custom: {"off": true}
r if not rego.metadata.rule().custom.off
