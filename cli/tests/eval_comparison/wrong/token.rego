package wrong

	p := 1 +* 2
