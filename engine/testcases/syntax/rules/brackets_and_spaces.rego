package a

p [x] := 1 if x := 2

q ["k"] = 1

(r) := 2

(s.t.u)
