# METADATA
# title: What two packs have in common is the same in both
# description: Packs need no other, so these lists are copies. The tables of configurations try each of them.
package agentweave.copies_test

import data.agentweave.config
import data.agentweave.kubernetes

test_forms_of_secrets if config.secret_forms == kubernetes.secret_forms

test_words_for_secrets if config.secret_words == kubernetes.secret_words

test_what_looks_random if {
	every text in ["wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLE1", "a b c", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
		config.diversity(text) == kubernetes.diversity(text)
	}
}
