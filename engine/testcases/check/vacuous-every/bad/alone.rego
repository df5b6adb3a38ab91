package authz

default allow := false

allow if {
	every scope in input.scopes { scope in data.granted }
}

allow if {
	is_array(input.roles)
	roles := input.roles
	every role in roles { role == "reader" }
}

allow if all_signed

all_signed if every image in images { image.signed == true }

images contains image if some image in input.images

allow if every container in [c | some c in input.containers] { container.trusted == true }

allow if every tag in object.get(input, "tags", []) { tag == "public" }
