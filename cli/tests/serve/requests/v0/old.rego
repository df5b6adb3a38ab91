package old

allow { input.user == "alice" }

p[x] { x := [1, 2][_] }

import_me = 1
