package a

p := $"{x := 1}"

q := $"{x = 1}"

r := $"{not x}"

s := $"{some x}"

t := $"{every x in y {x}}"

u := $"{1 2}"

v := $"{}"
