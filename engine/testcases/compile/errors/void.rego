package void

s := print("a")

t if not print("b")

u := [x | x := print(input.x)]
