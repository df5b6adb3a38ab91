package authz

test_allow if input.user == "alice"

todo_test_allow if input.user == "alice"
