package d2
import data.policy as pol
p contains x if {
	some x in input.items
	x.kind == "a"
	y := data.cfg[x.kind]
	y.enabled
	not pol.g[x]
}
q := v if { v := input.a.b } else := data.z.w if { data.z.k }
r[a].b[c] := 1 if { some a, c in data.m }
s if { data.t[input.i][j] == 1; j > 2 }
t := data.d2.r.x.b
u if { every e in data.list { e.f == input.g; data.h[e] } }
w := {k: v | some k; v := input.o[k].n}
f(a) := b if { b := data.fn[a] }
g := f(input.fa)
h := pol.f(input.fb)
i if { a := input.al; b := a.x; b.y; a.z }
k if { z := input.onlybound }
l if { input.x with input.y as data.rep }
m contains data.n[_].o
default def := false
def if input.d1
def if input.d2[_]
ua := data.un.a.b if data.un.a
tm := $"x {input.tmpl.a}"
