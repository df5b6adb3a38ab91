package authz

import data.x # portcullis: allow unused-import read by the console

# portcullis: allow default-true the public site: everything it serves is meant for everybody
default allow := true

# portcullis is the gate of a castle, and this comment is about nothing else

debug := 1 # portcullis: no-cover only for the console
