package app

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_array(input.files)
	is_array(input.attachments)
	every file in input.files {
		startswith(file, "public/")
	}
	input.user == "ann"
	every file in input.attachments {
		startswith(file, "public/")
	}
}

test_ann_may if allow with input as {"user": "ann", "files": ["public/a"], "attachments": []}
