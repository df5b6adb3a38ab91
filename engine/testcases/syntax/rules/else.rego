package a

level := "high" if {
	input.x > 9
} else := "middle" if input.x > 5 else = "low" if {
	input.x > 1
} else := "none"

p if { false } else if { true }
