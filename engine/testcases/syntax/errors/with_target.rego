package a

p if { x with 1 as 2 }

q if { x with f(x) as 2 }
