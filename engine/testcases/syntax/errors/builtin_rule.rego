package a

count(x)
