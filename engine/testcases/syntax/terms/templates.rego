package a

p := $"a{x}b{1 + 2}{"c"}\{d}"

q := $`x{input.y}
\{z`

r := $"{$"{f(1)}"}{[1 | true]}"
