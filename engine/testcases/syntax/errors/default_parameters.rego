package a

default f(x, x) := 1

default g(1) := 1
