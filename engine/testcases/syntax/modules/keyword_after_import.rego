package a

import future.keywords.not

not.x := 1

import data.y
contains := 2
