package rooted.rules

sum := data.rooted.new + data.shared.other
