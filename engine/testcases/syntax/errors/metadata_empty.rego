# METADATA

package a
