package a

p := 1a

q := 1.

r := 1e
