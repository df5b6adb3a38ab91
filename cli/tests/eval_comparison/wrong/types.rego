package wrong

p if 1 == "a"

q if [1, {"a": null}] == {"x": {1, 2}, "y": set()}

x := {"a": 1, "b": {"c": true}}

r if x.a.b == 1

s if x.z

t if x.b[input.n].q

u if x[1]

f(a) := a

v if f.x
