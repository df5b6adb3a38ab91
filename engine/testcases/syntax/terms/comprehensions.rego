package a

p := [x | some x in y; x > 1]

q := {x | x := input[_]}

r := {k: v | some k, v in m}

s := {(a | b), c}

t := [a | b, c]
