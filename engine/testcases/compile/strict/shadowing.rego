package strict_shadowing

import data.a
import data.b as c
import future.keywords.in

f(x, y, _) := x

g(x) := 1 if {
	true
} else := x if {
	unused := 1
}

p := [x | x := 1; y := 2]

q if {
	z := 1
	every k in input.ks { w := k }
}

r if {
	_ := 1
	any(input.xs)
}
