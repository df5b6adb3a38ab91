package long
q = 1
