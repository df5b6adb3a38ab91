package documents_test

import data.documents

test_an_editor_may_write if {
	documents.allow with input as {"roles": ["editor"], "action": "write"}
}

test_no_role_is_no_reason if {
	not documents.allow with input as {"roles": [], "action": "read"}
}
