package a

p if { every [x] in y { true } }

q if { every 1, x in y { true } }
