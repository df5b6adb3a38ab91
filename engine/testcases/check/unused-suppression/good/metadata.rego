# METADATA
# title: Settings of a pack stand below this key
# custom:
#   portcullis:
#     validate:
#       input: document
package authz

default allow := false
