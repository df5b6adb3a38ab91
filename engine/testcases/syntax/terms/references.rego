package a

p := [input, data, input.a.b, input["a b"], input[_][x].y, data.f(1).g[2], [1, 2][0], {"a": 1}.a, set()[x], f(x).y]
