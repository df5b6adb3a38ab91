package a

roles[user] := role if some user, role in input.roles

roles.admin.level := 9

by[x][y] := z if { some x, y; z := input[x][y] }
