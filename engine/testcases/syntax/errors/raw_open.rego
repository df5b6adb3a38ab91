package a

p := `x
