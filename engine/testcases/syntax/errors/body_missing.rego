package a

p if
