package a

f()
