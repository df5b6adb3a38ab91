package a.if.b

import data.contains.x

p := input.default.some[0]
