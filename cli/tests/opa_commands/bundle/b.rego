# METADATA
# scope: subpackages
# title: B
# description: About b.
# custom: {a: 1}
package b

# METADATA
# entrypoint: true
p if input.p

# METADATA
# scope: rule
# authors: [A <a@example.com>]
p if input.q
