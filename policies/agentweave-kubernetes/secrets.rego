# Secrets, by name and by value.

package agentweave.kubernetes

# METADATA
# title: Every value that holds no others, by its path
# scope: document
scalars(whole_value) := {path: value |
	[path, value] := walk(whole_value)
	not is_object(value)
	not is_array(value)
}

# METADATA
# title: A word for secrets is part of the name
# scope: rule
secret_name(name) if {
	is_string(name)
	regex.match(secret_words, regex.replace(lower(name), `[^a-z0-9]`, ""))
}

# METADATA
# title: A short word for secrets is a part of the name by itself
# scope: rule
secret_name(name) if {
	is_string(name)
	some word in regex.split(`[^a-z0-9]+`, lower(name))
	word in {"pwd", "pass", "psk", "dsn", "jwt", "pin"}
}

# METADATA
# title: The path of a file, for a name that says so
# scope: rule
harmless(name, value) if {
	is_string(value)
	regex.match(`(?i)(file|path|dir)$`, name)
	regex.match(`^/[^\s]*$`, value)
}

# METADATA
# title: A URL without anything secret in it
# scope: rule
harmless(name, value) if {
	is_string(value)
	regex.match(`(?i)(url|uri|endpoint)$`, name)
	regex.match(`^https?://[^\s@?]+$`, value)
}

# METADATA
# title: A number that counts or measures
# scope: rule
harmless(name, value) if {
	is_string(value)
	regex.match(`(?i)(seconds|minutes|hours|days|ttl|count|bytes|length|limit|size)$|^(max|min)_`, name)
	regex.match(`^[0-9]+$`, value)
}

# METADATA
# title: The name of something, or how it is made
# scope: rule
harmless(name, value) if {
	is_string(value)
	regex.match(`(?i)[._-](name|ref|type|issuer|audience|algorithm|header)$`, name)
	regex.match(`^[A-Za-z0-9./:_-]{1,128}$`, value)
}

# METADATA
# title: The variable comes from one key of a secret, and from nowhere else
# scope: document
from_secret(variable) if {
	not has(variable, ["value"])
	is_object(below(variable, ["valueFrom"]))
	object.keys(below(variable, ["valueFrom"])) == {"secretKeyRef"}
	text_given(below(variable, ["valueFrom", "secretKeyRef", "name"]))
	text_given(below(variable, ["valueFrom", "secretKeyRef", "key"]))
}

# METADATA
# title: Forms that keys, tokens and passwords have
# scope: document
secret_forms := {
	`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`,
	`\b(AKIA|ASIA)[0-9A-Z]{16}\b`,
	`\bgh[pousr]_[A-Za-z0-9]{20,}`,
	`\bgithub_pat_[A-Za-z0-9_]{20,}`,
	`\bglpat-[A-Za-z0-9_-]{16,}`,
	`\bxox[abeprs]-[A-Za-z0-9-]{10,}`,
	`\bsk[-_][A-Za-z0-9_-]{16,}`,
	`\bAIza[A-Za-z0-9_-]{30,}`,
	`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
	`\bnpm_[A-Za-z0-9]{30,}`,
	`\bhvs\.[A-Za-z0-9_-]{16,}`,
	`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}`,
	`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{6,}`,
	`(?i)[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@`,
	`(?i)[?&;](password|passwd|pwd|secret|token|access_token|api_?key|sig|signature)=[^&\s$]`,
	`(?i)(password|passwd|pwd|secret|api_?key|access_?key)[ \t]*[=:][ \t]*["']?[^\s$"'{]`,
}

# METADATA
# title: Names that hold a secret when they are part of a key
# scope: document
secret_words := `password|passwd|passphrase|passcode|secret|token|apikey|accesskey|privatekey|signingkey|encryptionkey|sharedkey|masterkey|hmackey|licensekey|accountkey|workspacekey|credential|bearer|connectionstring`

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
