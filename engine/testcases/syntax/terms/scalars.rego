package a

p := [null, true, false, 0, -1, 1.5e-3, .5, -.25, "a\n\u00e9\ud83d\ude00", `raw \n "x"`, "é"]
