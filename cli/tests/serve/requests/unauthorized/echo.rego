package echo

x := input
