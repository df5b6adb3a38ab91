package shadowed_function

y if {
	count := 1
	z := count([1])
	count > z
}

z if {
	count := 1
	count([1])
}
