package functions

f(x) := x

p := f(1, 2)

q := g(1)

r if count(1, 2)

t := data.functions.f()

u if f(1, 2, 3)

v if startswith("a")

w := data.functions.p(1)

x := re_match("a", "b")

z if {
	count := 1
	count([1])
}
