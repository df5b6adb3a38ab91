package a

p := {1, 2 3}

q := {1 2}
