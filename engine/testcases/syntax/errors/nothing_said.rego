package a

a.b.c
