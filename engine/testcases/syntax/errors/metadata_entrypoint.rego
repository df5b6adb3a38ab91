package a

# METADATA
# scope: rule
# entrypoint: true
p := 1
