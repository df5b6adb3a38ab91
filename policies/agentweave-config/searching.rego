# What is looked for everywhere.
# Keys that switch security off, keys that are nearly known ones, and secrets, at any depth.

package agentweave.config

# METADATA
# title: Paths of switches for security
# scope: document
switches(document) := (switched_keys(document) | switched_names(document)) | switched_words(document)

# METADATA
# title: Keys that are switches
# scope: document
switched_keys(document) := {path |
	some path, value in keyed(document)
	switched(path, plain(last(path)), value)
}

# METADATA
# title: Names of settings that are switches
# description: As in {name, value}. A name without a value says nothing about a guard.
# scope: document
switched_names(document) := {array.concat(path, [key]) |
	[path, entry] := walk(document.contents)
	is_object(entry)
	some key in {"name", "key", "option", "flag", "setting", "variable"}
	named_switch(entry, object.get(entry, key, null))
}

# METADATA
# title: Words in lists that are switches
# description: Such as "--skip-authz" and "verify_peer=false".
# scope: document
switched_words(document) := {path |
	some path, value in scalars(document)
	is_string(value)
	is_number(last(path))
	worded_switch(value)
}

# METADATA
# title: A key that turns something off
# scope: rule
switched(_, name, _) if switch_named(name)

# METADATA
# title: A guard that is not true
# description: The two of transport have rules of their own.
# scope: rule
switched(path, name, value) if {
	guard_named(name)
	value != true
	not path in {["transport", "verify_peer"], ["transport", "require_client_cert"]}
}

# METADATA
# title: A switch of a section that has none
# scope: rule
switched(path, name, _) if {
	name in {"enabled", "enable", "disabled", "disable", "active", "on", "off"}
	count(path) > 1
	plain(sprintf("%v", [path[count(path) - 2]])) in guarded_sections
}

# METADATA
# title: A section that is a switch itself
# scope: rule
switched(_, name, value) if {
	name in guarded_sections
	lower(sprintf("%v", [value])) in {"true", "false", "on", "off", "yes", "no", "none", "never", "disabled", "optional", "permissive"}
}

# METADATA
# title: Peers that are verified in part
# scope: rule
switched(_, "peerverification", value) if value != "strict"

# METADATA
# title: A name that turns something off
# scope: rule
named_switch(_, name) if {
	is_string(name)
	switch_named(plain(name))
}

# METADATA
# title: The name of a guard with a value that is not true
# scope: rule
named_switch(entry, name) if {
	is_string(name)
	guard_named(plain(name))
	"value" in object.keys(entry)
	not entry.value in {true, "true"}
}

# METADATA
# title: A word that turns something off
# scope: rule
worded_switch(text) if switch_named(plain(regex.split(`[=:\s]`, text)[0]))

# METADATA
# title: A guard that is set to something other than true
# scope: rule
worded_switch(text) if {
	[name, value] := split(text, "=")
	guard_named(plain(name))
	value != "true"
}

# METADATA
# title: The plain name is that of a switch
# scope: document
switch_named(name) if {
	some form in switch_forms
	regex.match(form, name)
}

# METADATA
# title: The plain name is that of a guard
# scope: document
guard_named(name) if {
	some form in guard_forms
	regex.match(form, name)
}

# METADATA
# title: What is wrong with the last key of a path
# scope: document
misspelled(path) := (unreadable(path) | nearly_known(path)) | misplaced(path)

# METADATA
# title: It has letters that only look like others
# scope: document
unreadable(path) := {"is not plain ASCII" | not regex.match(`^[!-~]+( [!-~]+)*$`, last(path))}

# METADATA
# title: It is spelled nearly as a known one
# scope: document
nearly_known(path) := {text |
	known := plain_known_paths[plain_path(path)]
	path != known
	text := sprintf("is spelled %s where it is read", [name_of(known)])
}

# METADATA
# title: It belongs elsewhere
# scope: document
misplaced(path) := {text |
	key := plain_unique_keys[plain(last(path))]
	not plain_path(path) in object.keys(plain_known_paths)
	some home in known_paths
	last(home) == key
	text := sprintf("is only read as %s", [name_of(home)])
}

# METADATA
# title: The known paths by their plain forms
# scope: document
plain_known_paths := {plain_path(path): path | some path in known_paths}

# METADATA
# title: The unique keys by their plain forms
# scope: document
plain_unique_keys := {plain(key): key | some key in unique_keys}

# METADATA
# title: A path of plain names
# scope: document
plain_path(path) := [plain(sprintf("%v", [part])) | some part in path]

# METADATA
# title: The keys of a document that name secrets
# scope: document
secret_keys(document) := {key |
	some key in {last(path) | some path in object.keys(keyed(document))}
	secret_key(key)
}

# METADATA
# title: The value stands below a key that names a secret
# scope: rule
names_secret(path, keys) if last_key(path) in keys

# METADATA
# title: One of the keys above it does
# description: Except those of what keeps secrets, such as secret_manager.
# scope: rule
names_secret(path, keys) if {
	some key in path
	key in keys
	not regex.match(`(manager|store|provider|backend|rotation|policy|validation)s?$`, plain(key))
}

# METADATA
# title: A word for secrets is part of the key
# scope: rule
secret_key(key) if regex.match(secret_words, plain(key))

# METADATA
# title: A short word for secrets is a part of the key by itself
# scope: rule
secret_key(key) if {
	some word in regex.split(`[^a-z0-9]+`, lower(key))
	word in {"pwd", "pass", "psk", "dsn", "jwt", "pin"}
}

# METADATA
# title: The last part of a path that is a key
# scope: document
last_key(path) := key if {
	keys := [part | some part in path; is_string(part)]
	key := keys[count(keys) - 1]
}

# METADATA
# title: Neither true, false nor null is a secret
# scope: rule
secret_referred(_, value) if is_boolean(value)

# METADATA
# title: Nothing is there
# scope: rule
secret_referred(_, value) if is_null(value)

# METADATA
# title: A number that counts or measures
# scope: rule
secret_referred(path, value) if {
	is_number(value)
	regex.match(`(^|_)(seconds|minutes|hours|days|ttl|count|bytes|length|limit|size|version)$|^(max|min)_`, last_key(path))
}

# METADATA
# title: A variable of the environment, in the text
# scope: rule
secret_referred(_, value) if {
	is_string(value)
	regex.match(`^\$\{(env:)?[A-Za-z_][A-Za-z0-9_]*\}$`, value)
}

# METADATA
# title: The name of a variable of the environment
# scope: rule
secret_referred(path, value) if {
	is_string(value)
	regex.match(`(^|_)env$`, last_key(path))
	regex.match(`^[A-Z_][A-Z0-9_]*$`, value)
}

# METADATA
# title: The path of a file
# scope: rule
secret_referred(path, value) if {
	is_string(value)
	regex.match(`(^|_)(file|path)$`, last_key(path))
	regex.match(`^/[^\s]+$`, value)
}

# METADATA
# title: A URL without anything secret in it
# scope: rule
secret_referred(path, value) if {
	is_string(value)
	regex.match(`_(url|uri|endpoint)$`, last_key(path))
	regex.match(`^https?://[^\s@?]+$`, value)
}

# METADATA
# title: The name of something, or how it is made
# scope: rule
secret_referred(path, value) if {
	is_string(value)
	regex.match(`(_(name|ref|type|issuer|audience|algorithm|header)$)|(^(username|user|provider)$)`, last_key(path))
	regex.match(`^[A-Za-z0-9./:_-]{1,128}$`, value)
}

# METADATA
# title: It has the form of a known kind of secret
# scope: rule
secret_value(value) if {
	is_string(value)
	some form in secret_forms
	regex.match(form, value)
}

# METADATA
# title: A part of it looks random
# scope: rule
secret_value(value) if {
	is_string(value)
	public := regex.replace(regex.replace(value, `-----BEGIN (CERTIFICATE|PUBLIC KEY)-----[A-Za-z0-9+/=\s]*-----END`, ""), `sha(256|384|512):[0-9a-f]+`, "")
	some part in regex.find_n(part_form(public), public, -1)
	random(part)
}

# METADATA
# title: Paths and URLs are taken apart at slashes
# scope: rule
part_form(text) := `[A-Za-z0-9+=_-]{20,}` if regex.match(`^[.~]{0,2}/|://`, text)

# METADATA
# title: Elsewhere a slash is a digit of base64
# scope: rule
part_form(text) := `[A-Za-z0-9+/=_-]{20,}` if not regex.match(`^[.~]{0,2}/|://`, text)

# METADATA
# title: Letters of both cases and digits, none much more often than others
# scope: rule
random(part) if {
	every class in [`[a-z]`, `[A-Z]`, `[0-9]`] {
		regex.match(class, part)
	}
	diversity(part) >= 12
}

# METADATA
# title: Hexadecimal digits, as many as a key has
# scope: rule
random(part) if {
	regex.match(`^([0-9a-f]{32,}|[0-9A-F]{32,})$`, part)
	diversity(part) >= 8
}

# METADATA
# title: Small letters and digits mixed
# scope: rule
random(part) if {
	regex.match(`^[a-z0-9]{24,}$`, part)
	count(regex.find_n(`[0-9]`, part, -1)) >= 5
	diversity(part) >= 12
}

# METADATA
# title: How many characters would be as hard to guess, were each as frequent
# description: The square of the length, divided by the sum of the squares of how often each character occurs.
# scope: document
diversity(text) := (count(text) * count(text)) / sum(squares) if {
	characters := split(text, "")
	squares := [square |
		some character in {each | some each in characters}
		often := count([1 | some each in characters; each == character])
		square := often * often
	]
}
