package templates

default level := "low"

name := input.name

p := $"hello {name} and {input.other}: {count(input.xs)} {level}"

q contains $"{x}!" if some x in input.xs

r := [$"{i}={v}" | some i, v in input.list]
