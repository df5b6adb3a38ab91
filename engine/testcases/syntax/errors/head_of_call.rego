package a

f(x).g(y) { true }
