package a

p if not some x in [1]

q if not every x in [1] { x }
