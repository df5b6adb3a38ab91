package names

import data.a.b
import data.c as b
import data.d.b

input := 1

p if {
	data := 2
}

q(x) if x

r if {
	input := 3
	input == 2
}
