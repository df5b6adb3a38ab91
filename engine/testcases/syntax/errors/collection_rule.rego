package a

[1][0] := 2
