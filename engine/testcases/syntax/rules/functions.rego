package a

f(x) := x * 2

f(_, [a, {"b": b}]) := a + b if a > b

a.g(x) if x

h(x)
