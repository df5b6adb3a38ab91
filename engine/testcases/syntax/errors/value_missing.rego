package a

p := ]

q = ]

f(x) := ]
