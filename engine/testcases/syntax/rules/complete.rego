package a

p := 1

q = {"a": [1, 2]} if { input.x; not input.y }

r if input.z

a.b.c := "d"
