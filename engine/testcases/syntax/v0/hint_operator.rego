package a

p { x in [1] }
