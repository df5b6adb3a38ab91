package authz_test

default allow := true

test_allow if allow
