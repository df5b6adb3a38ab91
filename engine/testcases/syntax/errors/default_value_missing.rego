package a

default p :=
