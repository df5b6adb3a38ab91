package authz

allowed := false if {
	input.suspended == true
} else := false if {
	input.locked == true
} else := true

default permitted := false

permitted := true

permitted if input.never

http.allow := true
