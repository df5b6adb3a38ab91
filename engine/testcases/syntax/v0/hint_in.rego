package a

p { some x in [1] }
