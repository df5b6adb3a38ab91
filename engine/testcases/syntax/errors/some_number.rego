package a

p if { some 1 }
