package a

names contains "x"

names contains name if {
	some name in input.names
	name != ""
}

groups[g] contains u if some u, g in input.users
