package a

p[x].y if { some x in [1] } else := 2
