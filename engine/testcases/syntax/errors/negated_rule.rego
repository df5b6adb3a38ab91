package a

not x
