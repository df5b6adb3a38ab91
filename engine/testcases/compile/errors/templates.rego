package templates

r := $"{c} {d + 1} {walk(input)}"

s := {$"{x.y}" | some x in input.xs; y := $"{z.a}"}
