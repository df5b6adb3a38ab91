package a

p := $"x{1
