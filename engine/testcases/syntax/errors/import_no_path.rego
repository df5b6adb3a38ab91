package a

import data.f(x)
