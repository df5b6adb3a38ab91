# METADATA
# related_resources:
# - description: x
package a
