package a

p if { some f(x) }
