package a

p := $"{x}"
