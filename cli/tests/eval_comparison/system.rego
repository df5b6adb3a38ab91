package system.m

r := 7
