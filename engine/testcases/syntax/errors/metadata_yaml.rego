# METADATA
# title: [a
package a
