package a

p := "\q"
