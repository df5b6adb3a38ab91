package a

p := f(1 2)
