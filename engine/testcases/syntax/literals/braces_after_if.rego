package a

p if {"a": 1}

q if {x}

r if {x | y}

s if {x | y; z} with input as 1

t if { {x}; y }
