# METADATA
# title: x
package a.b["c d"]

import rego.v1
import data.x as y

# hi
default p := false

p if {
	not input.x[_].y[z] with input.a as 1 with data.b as {"k": [1, null, "s", true]}
	some q, w in input.xs
	some v
	every k, e in {1, 2} { e > 1; k }
	f(q, 1.50) == $"a {q} {[1]}"
	{1 | 1; 2}; [x | x := 1]; {a: b | a := 1; b := 2}
	-q == 3
	_ = 3
} else := 2 if { true }

s contains x if x := 1
m.n[o].p := 1 if o := 2
f(x, {"y": z}) := x + z
t[1] := 1
g := set()
g2 := {"a"}
