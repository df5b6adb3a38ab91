package a

p if { true }

q contains 1
