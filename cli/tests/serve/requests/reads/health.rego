package system.health

live := true

wrong := "yes"

broken := 1 if true

broken := 2 if true

a.b if input.plugins_ready
