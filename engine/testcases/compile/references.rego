package references

import data.config
import data.lib.functions as fns
import input.user

p if {
	config.enabled
	config.users[user.name].roles[_] == "admin"
	fns[user] == config.level
}

q := data.references.r.s[input.x]

r.s[k] := v if some k, v in config.map

input_copy := input

w := value if value := data.plugins[input.pkg].value
