package a

p := 007
