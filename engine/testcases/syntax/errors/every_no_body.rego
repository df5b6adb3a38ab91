package a

p if { every x in y }
