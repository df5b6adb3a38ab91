# METADATA
# title: A package
# description: What it is for
# authors:
# - Jane Doe <jane@example.com>
# - name: John
# organizations: [One, 2]
# related_resources:
# - https://example.com/a
# - ref: https://example.com/b
#   description: more
# custom:
#   level: 3
#   list: [1.5, true, null]
# labels: {team: x}
package a

# METADATA
# scope: document
# schemas:
# - input: schema.input
# - data.x: {type: object}

# METADATA
# entrypoint: true
# title: 12
allow if true

# METADATA
# scope: rule
# compile: {unknowns: [input.x], mask_rule: data.m}
allow if false
