package a

if { every := 1; in := contains; every == in }

contains[if] { if := 1 }
