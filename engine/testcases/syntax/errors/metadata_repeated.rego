# METADATA
# title: a
# custom: {x: 1, x: 2}
# title: b
# description: c
# description: d
package a
