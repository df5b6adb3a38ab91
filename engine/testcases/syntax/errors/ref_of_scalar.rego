package a

p := 1[0]

q := "a".b
