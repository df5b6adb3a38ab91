package with_modifiers

import data.other

now := time.now_ns()

fake(x) := 1

p if other.allow with input as {"user": data.users[0]} with data.roles as input.roles

q if count(input.xs) > 2 with input.xs as [1, 2, 3]

r if now > 1 with time.now_ns as 5

s if fake(2) == 1 with fake as 3

t if count([1]) == 1 with count as fake

u := x if x := other.value with input as [y | y = input.z[_]]
