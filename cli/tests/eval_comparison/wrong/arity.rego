package wrong

p if count([1], 2, 3)
