package a

some x
