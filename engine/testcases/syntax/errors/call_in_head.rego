package a

f(x).y if true

default f(x).z := 1
