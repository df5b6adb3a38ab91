package a

p := ]

q if {
	x :=
}

r := 1

s { true }

t := "open
