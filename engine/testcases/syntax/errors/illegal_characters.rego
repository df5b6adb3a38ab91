package a

p := !x

q := $x

r := @

s := 1 + 2

t := café
