package wrong

p if count(1)
