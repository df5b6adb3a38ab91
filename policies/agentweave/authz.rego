# METADATA
# title: Agent call authorization
# description: |
#   Decides whether one agent may call a capability of another, both known by their SPIFFE ID. Nothing is
#   allowed unless every one of these facts holds: the request and the data documents are sound, neither party is
#   banned, the callee belongs to a home trust domain, the caller does too or is a federated partner within its
#   ceiling, and a grant names exactly this caller, this callee and this action.
# related_resources:
# - ref: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
#   description: The characters and lengths a SPIFFE ID may have
# custom:
#   input: [caller_spiffe_id, callee_spiffe_id, action]
#   data: [trust_domains, federation, grants, banned_agents]
package agentweave.authz

# METADATA
# title: May the call go ahead
# description: True or false for every input and every state of the data, never undefined.
# scope: document
# entrypoint: true
default allow := false

# METADATA
# title: Every condition holds
# description: Built of positive facts only, so a fact that cannot be established denies the call.
# scope: rule
allow if {
	ready
	no_party_banned
	caller_trusted
	callee_trusted
	count(matched_grants) > 0
}

# METADATA
# title: The decision with its grounds, for the audit log
# description: |
#   An object with allow (boolean, equal to the rule of that name), reasons (sorted array of codes, empty exactly when
#   the call is allowed) and matched_grants (sorted array of the ids of the grants that name this call, also when
#   something else denied it).
# scope: document
# entrypoint: true
decision := {
	"allow": allow,
	"reasons": sort(reasons),
	"matched_grants": sort(matched_grants),
}

# METADATA
# title: Grants that name this call
# description: |
#   Ids of the grants with exactly this caller, callee and action. A grant that has no id, an unknown field or a field
#   of the wrong type matches nothing: what its author meant cannot be known.
# scope: document
matched_grants contains grant.id if {
	ready
	some grant in data.grants
	grant.caller == caller_id
	grant.callee == callee_id
	is_string(grant.id)
	grant.id != ""
	only_fields(grant, {"id", "description", "caller", "callee", "actions", "cross_environment"})
	is_array(grant.actions)
	action in grant.actions
	crosses := object.get(grant, "cross_environment", false)
	is_boolean(crosses)
	environments_permitted(crosses)
}

# METADATA
# title: Caller identifier is absent
# scope: rule
# custom:
#   code: caller_id_missing
reasons contains "caller_id_missing" if caller_id == null

# METADATA
# title: Caller identifier is not the SPIFFE ID of an agent
# scope: rule
# custom:
#   code: caller_id_malformed
reasons contains "caller_id_malformed" if {
	caller_id != null
	not caller
}

# METADATA
# title: Callee identifier is absent
# scope: rule
# custom:
#   code: callee_id_missing
reasons contains "callee_id_missing" if callee_id == null

# METADATA
# title: Callee identifier is not the SPIFFE ID of an agent
# scope: rule
# custom:
#   code: callee_id_malformed
reasons contains "callee_id_malformed" if {
	callee_id != null
	not callee
}

# METADATA
# title: Action is absent
# scope: rule
# custom:
#   code: action_missing
reasons contains "action_missing" if action == null

# METADATA
# title: Action is not the name of a capability
# scope: rule
# custom:
#   code: action_malformed
reasons contains "action_malformed" if {
	action != null
	not action_valid
}

# METADATA
# title: A data document was not loaded
# scope: rule
# custom:
#   code: data_missing:<document>
reasons contains sprintf("data_missing:%s", [name]) if {
	some name in {"trust_domains", "federation", "grants", "banned_agents"}
	not name in object.keys(documents)
}

# METADATA
# title: A data document is not an array
# scope: rule
# custom:
#   code: data_invalid:<document>
reasons contains sprintf("data_invalid:%s", [name]) if {
	some name, document in documents
	not is_array(document)
}

# METADATA
# title: The banned list has an entry that is not the SPIFFE ID of an agent
# description: A misspelt ban would ban nobody, so the whole list is refused and every call is denied until it is mended.
# scope: rule
# custom:
#   code: data_invalid:banned_agents
reasons contains "data_invalid:banned_agents" if {
	is_array(documents.banned_agents)
	not banned_list_sound
}

# METADATA
# title: Caller is banned
# scope: rule
# custom:
#   code: caller_banned
reasons contains "caller_banned" if {
	ready
	caller_id in data.banned_agents
}

# METADATA
# title: Callee is banned
# scope: rule
# custom:
#   code: callee_banned
reasons contains "callee_banned" if {
	ready
	callee_id in data.banned_agents
}

# METADATA
# title: Caller is of a trust domain that is neither home nor partner
# scope: rule
# custom:
#   code: caller_trust_domain_unknown
reasons contains "caller_trust_domain_unknown" if {
	ready
	not caller.trust_domain in home_trust_domains
	not caller.trust_domain in partner_trust_domains
}

# METADATA
# title: Caller is a partner and its ceiling does not include this callee and action
# scope: rule
# custom:
#   code: federation_not_permitted
reasons contains "federation_not_permitted" if {
	ready
	caller.trust_domain in partner_trust_domains
	not federation_permits
}

# METADATA
# title: Callee is of a trust domain that is neither home nor partner
# scope: rule
# custom:
#   code: callee_trust_domain_unknown
reasons contains "callee_trust_domain_unknown" if {
	ready
	not callee.trust_domain in home_trust_domains
	not callee.trust_domain in partner_trust_domains
}

# METADATA
# title: Callee is a partner, and partners only call
# scope: rule
# custom:
#   code: callee_trust_domain_federated
reasons contains "callee_trust_domain_federated" if {
	ready
	callee.trust_domain in partner_trust_domains
}

# METADATA
# title: Caller and callee live in different environments and no grant crosses them
# scope: rule
# custom:
#   code: environment_mismatch
reasons contains "environment_mismatch" if {
	ready
	caller.environment != callee.environment
	count(matched_grants) == 0
}

# METADATA
# title: No grant names this caller, callee and action
# scope: rule
# custom:
#   code: no_matching_grant
reasons contains "no_matching_grant" if {
	ready
	count(matched_grants) == 0
}

# METADATA
# title: The request and the data can be judged
# description: False leaves only the codes about missing and malformed input and data in the decision.
# scope: document
default ready := false

# METADATA
# title: Identifiers, action and every data document are sound
# scope: rule
ready if {
	caller
	callee
	action_valid
	is_array(data.trust_domains)
	is_array(data.federation)
	is_array(data.grants)
	banned_list_sound
}

# METADATA
# title: The banned list can be relied on
# scope: document
default banned_list_sound := false

# METADATA
# title: Each entry of the list is the SPIFFE ID of an agent
# description: This list takes permission away, so an entry that could never match is not passed over.
# scope: rule
banned_list_sound if {
	is_array(data.banned_agents)
	every entry in data.banned_agents {
		agent_id(entry)
	}
}

# METADATA
# title: Neither party is on the banned list
# scope: document
default no_party_banned := false

# METADATA
# title: Each entry of the list is somebody else
# description: Says so of each entry in turn, which cannot hold for a list that is missing.
# scope: rule
no_party_banned if {
	is_array(data.banned_agents)
	every entry in data.banned_agents {
		entry != caller_id
		entry != callee_id
	}
}

# METADATA
# title: The caller's trust domain may make this call
# scope: document
default caller_trusted := false

# METADATA
# title: Caller is of a home trust domain
# scope: rule
caller_trusted if caller.trust_domain in home_trust_domains

# METADATA
# title: Caller is a partner within its ceiling
# scope: rule
caller_trusted if federation_permits

# METADATA
# title: The callee's trust domain may be called
# scope: document
default callee_trusted := false

# METADATA
# title: Callee is of a home trust domain
# scope: rule
callee_trusted if callee.trust_domain in home_trust_domains

# METADATA
# title: The partner's ceiling includes this call
# scope: document
default federation_permits := false

# METADATA
# title: A federation entry names this callee and action for the caller's trust domain
# description: The ceiling bounds what grants may give to a partner and gives nothing by itself.
# scope: rule
federation_permits if {
	is_array(data.federation)
	some partner in data.federation
	partner.trust_domain == caller.trust_domain
	only_fields(partner, {"trust_domain", "description", "may_call"})
	is_array(partner.may_call)
	some reach in partner.may_call
	reach.callee == callee_id
	only_fields(reach, {"callee", "description", "actions"})
	is_array(reach.actions)
	action in reach.actions
}

# METADATA
# title: Trust domains whose agents may call and be called
# description: A domain that is listed as a partner too counts as a partner, the narrower of the two.
# scope: document
home_trust_domains := {name | is_array(data.trust_domains); some name in data.trust_domains} - partner_trust_domains

# METADATA
# title: Trust domains of the federated partners
# scope: document
partner_trust_domains := {partner.trust_domain | is_array(data.federation); some partner in data.federation}

# METADATA
# title: The environments of the parties suit the grant
# description: The caller and the callee share their environment.
# scope: rule
environments_permitted(_) if caller.environment == callee.environment

# METADATA
# title: The grant crosses environments
# description: It says so with cross_environment, which must be exactly true.
# scope: rule
environments_permitted(crosses) if crosses == true

# METADATA
# title: An object has no fields but the known ones
# description: An unknown field may be a restriction that its author believes in.
# scope: document
only_fields(entry, known) if {
	every field in object.keys(entry) {
		field in known
	}
}

# METADATA
# title: The data documents that were loaded, whatever their type
# scope: rule
documents["trust_domains"] := data.trust_domains

# METADATA
# title: The federation document
# scope: rule
documents["federation"] := data.federation

# METADATA
# title: The grants document
# scope: rule
documents["grants"] := data.grants

# METADATA
# title: The banned_agents document
# scope: rule
documents["banned_agents"] := data.banned_agents

# METADATA
# title: The input, or an empty object in place of anything else
# scope: document
default request := {}

# METADATA
# title: The input when it is an object
# scope: rule
request := input if is_object(input)

# METADATA
# title: Identifier of the caller as given, null when absent
# scope: document
caller_id := object.get(request, "caller_spiffe_id", null)

# METADATA
# title: Identifier of the callee as given, null when absent
# scope: document
callee_id := object.get(request, "callee_spiffe_id", null)

# METADATA
# title: Capability as given, null when absent
# scope: document
action := object.get(request, "action", null)

# METADATA
# title: Segments of the caller's SPIFFE ID, undefined when it is malformed
# scope: document
caller := parsed(caller_id)

# METADATA
# title: Segments of the callee's SPIFFE ID, undefined when it is malformed
# scope: document
callee := parsed(callee_id)

# METADATA
# title: The action is the name of a capability
# scope: document
default action_valid := false

# METADATA
# title: Letters, digits and the separators of dotted, slashed or colon names
# description: At most 128 characters. No wildcard character passes, so one in a grant never matches.
# scope: rule
action_valid if {
	is_string(action)
	regex.match(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$`, action)
}

# METADATA
# title: Segments of the SPIFFE ID of an agent
# description: Undefined for anything else. The trust domain, the role and the environment, in this order, fill the form.
# scope: document
parsed(id) := {"trust_domain": segments[2], "role": segments[4], "environment": segments[5]} if {
	agent_id(id)
	segments := split(id, "/")
}

# METADATA
# title: A string of the form spiffe://<trust domain>/agent/<role>/<environment>
# description: |
#   Five segments are fixed or from a closed set, so nothing can hide before, between or after them. The characters of
#   the trust domain and of the role, the refusal of the roles . and .. and the limits of 2048 for the whole and 255 for
#   the trust domain are those of the SPIFFE-ID standard.
# scope: document
agent_id(id) if {
	is_string(id)
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9._-]{1,255}/agent/(?:\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9._-]*/(?:production|staging|dev)$`, id)
}
