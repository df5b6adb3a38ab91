package a

default if := 1
