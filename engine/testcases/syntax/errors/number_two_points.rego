package a

p := .0.5e3
