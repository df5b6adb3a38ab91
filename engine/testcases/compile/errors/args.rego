package args

g(count(x)) := 1

h(data.x, [y, z]) := y + z
