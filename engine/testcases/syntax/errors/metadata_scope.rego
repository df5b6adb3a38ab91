# METADATA
# scope: file
package a
