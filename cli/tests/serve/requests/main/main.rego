package system

main := {"hello": input.a} if input.a

main := "undefined a" if not input.a
