# METADATA
# title: What is required
# custom:
#   level: 1
package a.b

import future.keywords.not

# Calls in the bodies of `every` and `not` are not counted, but in comprehensions there they are.
every_one if every x in input.xs { startswith(x, "a"); y := [z | z := upper(x)]; count(y) > 1 }

in_not if not { endswith(input.x, "b") }

template := $"a {input.x} b"

printed if print(lower(input.x), [x | x := 1; x == 1])

replaced if input.x == 1 with input.y as trim(input.z, "a")

default otherwise := [x | x := replace("a", "b", "c")]

in_head[abs(input.x)] := [y | y := sort(input.y)]

undefined if nosuch(input.x) == nosuch.either(1, 2, 3)

asked := rego.metadata.rule()

decided if {
	time.now_ns() > input.t
	walk(input, [_, v])
	v.w
}
