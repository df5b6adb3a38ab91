package a

default allow := false

default f(_, _) := {"x": [1 | true]}

default a.b.c := null
