package a

p if {
	some x, y
	some z in xs
	some k, v in m
	every e in xs { e > 1 }
	every k2, v2 in m { k2 == v2; not v2 } with input as {}
}
