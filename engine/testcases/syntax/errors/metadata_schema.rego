# METADATA
# schemas:
# - input: foo.bar
package a
