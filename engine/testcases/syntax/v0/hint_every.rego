package a

p { every x in [1] { x } }
