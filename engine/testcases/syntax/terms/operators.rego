package a

p := 1 + 2 * 3 - 4 / 5 % 6

q := (1 + 2) * 3 == 9

r := a | b & c - d

s := x in y in z

t := [(k, v in m), -x, -(1), 1 - -1]
