package partial

import future.keywords.in
import data.lib

p[x] {
	x := input.xs[_]
	not lib.blocked[x]
}

q[k] = v {
	v := input.m[k]
}

r { input.a } { input.b; y := input.c; y }

t { input.a } else = 2 { z := 1; z }

f(x) = y { y := x } { x == 1; y := 2 }

s = x { x = input.x }

default u = false

input_alias = input
any_x { any(input.xs) }
