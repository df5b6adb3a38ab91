package double_errors

p if {
	{"y": x, "y": 2, "x": 1} = input.o; x == 1
}

