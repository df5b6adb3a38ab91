package a

p if {
	input.if.contains.in
	if.x == 1
	not.x
	x := contains
}
