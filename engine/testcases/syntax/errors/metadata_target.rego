# METADATA
# scope: rule
package a

# METADATA
# scope: package
p := 1

# METADATA
# title: x
import data.x
