package authz

default allow := false

allow if count(deny) == 0

allow if 0 == count(deny)

allow if count(deny) < 1

allow if count(deny) <= 0

allow if not count(deny) > 0

allow if not count(deny) != 0

allow if not count(deny) >= 1

allow if deny == set()

default permit := false

permit := count(deny) == 0

deny contains "banned" if input.user in data.banned
