package a

x; y
