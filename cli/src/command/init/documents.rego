# Who may do what with documents.
package documents

# Nobody may do anything unless a rule says so.
default allow := false

# Whoever has a role may do what the role is granted.
allow if {
	some role in input.roles
	input.action in grants[role]
}

grants := {
	"editor": {"read", "write"},
	"reader": {"read"},
}
