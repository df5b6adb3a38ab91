package a

p if { x with input 2 }
