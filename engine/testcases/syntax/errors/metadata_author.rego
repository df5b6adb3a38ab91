# METADATA
# authors:
# - email: ""
package a
