package a

allow { input.x }

f(x) { x } else := 1 { true }
