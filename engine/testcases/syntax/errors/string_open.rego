package a

p := "x

q := 1
