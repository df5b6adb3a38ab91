package with_errors

p.q := 1

f(x) := x

a if p.q with data.with_errors.p.q.r as 1

b if p.q with x as 1

c if f(1) with eq as f

d if f(1) with walk as f

e if f(1) with print as f

g if f(1) with internal.member_2 as f

h if f(1) with f as count with input.a as [x | x := input.b]
