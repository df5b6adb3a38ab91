package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_string(input.expires)
	count(deny) == 0
}

deny contains "it is over" if to_number(input.expires) < 100

test_it_goes_on if allow with input as {"expires": "200"}

test_it_is_over if not allow with input as {"expires": "50"}
