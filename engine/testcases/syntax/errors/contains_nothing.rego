package a

p contains
