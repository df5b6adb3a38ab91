package authz_test

import data.authz

grants := [{"user": "ann", "action": "read"}, {"user": "bob", "action": "write"}]

test_granted if authz.allow with input as {"user": "bob", "action": "write"} with data.grants as grants

test_not_granted if not authz.allow with input as {"user": "eve", "action": "read"} with data.grants as grants

test_low if authz.level == "low" with input.amount as 70

test_shout if data.lib.strings.shout("a") == "A"
