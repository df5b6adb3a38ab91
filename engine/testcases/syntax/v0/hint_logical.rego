package a

p { x and y }
