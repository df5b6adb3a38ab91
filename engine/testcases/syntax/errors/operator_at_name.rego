package a

p+1 if true
