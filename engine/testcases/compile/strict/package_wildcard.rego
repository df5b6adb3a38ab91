package _

import data.a as _
import data.b as _

p := [x | x := input.xs[_]]
