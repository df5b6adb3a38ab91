package a

f(x) contains 1 if x
