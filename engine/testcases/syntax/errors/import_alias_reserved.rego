package a

import data.x as input
