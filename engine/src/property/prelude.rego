# What conditions of properties may call, as ag.spiffe.valid(id).
package portcullis_prelude.spiffe

# Whether a value is a SPIFFE ID.
default valid(_) := false

valid(id) if {
	is_string(id)
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9._-]{1,255}(?:/(?:\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*)*$`, id)
}

# The trust domain of a SPIFFE ID; undefined for anything else.
domain(id) := split(id, "/")[2] if valid(id)

# A segment of the path of a SPIFFE ID, counted from 0; undefined if there is none.
segment(id, position) := split(id, "/")[position + 3] if {
	valid(id)
	position >= 0
}
