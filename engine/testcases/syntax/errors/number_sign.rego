package a

p := -"x"
