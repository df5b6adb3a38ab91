package policy

allow if is_admin

is_admin if "admin" in input.user.roles

f(x) := x + data.base.n

g[k] := v if some k, v in data.tbl[input.k].rows

h contains f(y) if {
	y := data.other.x
	z := input.q
	not data.policy.g[z]
}
i := [x | x := data.deep.a.b[_].c]
j := count(data.policy.h)
