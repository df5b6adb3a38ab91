# METADATA
# title: [a]
# entrypoint: maybe
# authors: x
# custom: 1
package a
