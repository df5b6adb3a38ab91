package root_args

f(input) := 1

g([data, x]) := x
