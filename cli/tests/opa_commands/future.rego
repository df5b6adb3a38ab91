package q
import future.keywords.not
import future.keywords.and
import future.keywords.or
p if { not { input.x; input.y } }
q if { input.a and input.b or not input.c }
r if every x in input.a { x }
s.t contains [x, {"a": 1}] if { x := 1 }
u := {"b": 1, "a": {3, 1}}
v := data.x[{"a": 1}]["b c"][_]
w if some x in [1]
y if print($"a{1}b")
