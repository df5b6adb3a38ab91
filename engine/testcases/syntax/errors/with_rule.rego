package a

f(1) with input as 2
