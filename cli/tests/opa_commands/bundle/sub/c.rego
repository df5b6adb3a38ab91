package b.c

import data.b

q := b.p
