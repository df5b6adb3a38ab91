package a

names[x] { some x in input.names }

others["a"]
