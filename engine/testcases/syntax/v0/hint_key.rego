package a

p { k, v in [1] }
