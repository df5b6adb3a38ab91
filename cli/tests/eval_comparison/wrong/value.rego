package wrong

q if {
  input.x == 1
  y := 
}
