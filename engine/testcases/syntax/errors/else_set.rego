package a

p contains 1 if { true } else := 2
