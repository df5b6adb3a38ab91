package a

import data.x[1]
