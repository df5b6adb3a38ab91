package a

p := 1 if { false } else if