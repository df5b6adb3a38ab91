# METADATA
# title: Delegation between agents
# description: |
#   Decides whether an agent may act at a service with what another identity delegated to it. The delegator must hold what it
#   passes on, the delegation names its delegate and runs out, and what is sensitive wants approvals of several people, none
#   of whom gains by it. Built of positive facts only: one that cannot be established denies the request.
# custom:
#   input: [caller, action, resource, now, delegation, approvals]
#   data: [trust_domains, bridges, grants, revoked, sensitive, approvers, quorum, max_depth]
package delegation.authz

# METADATA
# title: May the delegate act
# description: True or false for every input and every state of the data.
# scope: document
# entrypoint: true
default allow := false

allow if {
	request_sound
	documents_sound
	domains_trusted
	no_party_revoked
	delegation_holds
	scopes_held
	approved
}

# METADATA
# title: The request has all fields, each of its type
# description: Times are seconds since 1970 and come from the gateway, as do the identities, from their certificates.
# scope: document
request_sound if {
	identity(input.caller)
	identity(input.delegation.from)
	identity(input.delegation.to)
	service(input.resource)
	action_name(input.action)
	is_number(input.now)
	is_string(input.delegation.id)
	regex.match(`^d-[0-9]{1,12}$`, input.delegation.id)
	is_number(input.delegation.expires)
	is_number(input.delegation.depth)
	is_array(input.delegation.scopes)
	is_array(input.approvals)
}

# METADATA
# title: The documents that take permission away can be relied on
# description: An entry that could never match is not passed over, and a quorum is never one person.
# scope: document
documents_sound if {
	is_array(data.delegation.revoked)
	every entry in data.delegation.revoked {
		identity(entry)
	}
	is_array(data.delegation.sensitive)
	every entry in data.delegation.sensitive {
		action_name(entry)
	}
	is_number(data.delegation.quorum)
	data.delegation.quorum >= 2
	is_number(data.delegation.max_depth)
}

# METADATA
# title: All parties are of listed trust domains
# description: Between two domains a delegation passes only over a bridge that names both, in this direction.
# scope: document
domains_trusted if {
	trusted(input.caller)
	trusted(input.delegation.from)
	trusted(input.resource)
	bridged(trust_domain(input.delegation.from), trust_domain(input.caller))
}

trusted(id) if {
	is_array(data.delegation.trust_domains)
	trust_domain(id) in data.delegation.trust_domains
}

bridged(from, to) if from == to

bridged(from, to) if {
	some bridge in data.delegation.bridges
	bridge.from == from
	bridge.to == to
}

# METADATA
# title: Neither the delegate nor the delegator is revoked
# scope: document
no_party_revoked if {
	every entry in data.delegation.revoked {
		entry != input.caller
		entry != input.delegation.from
	}
}

# METADATA
# title: The delegation is for this caller and this action, now
# scope: document
delegation_holds if {
	input.delegation.to == input.caller
	input.delegation.from != input.caller
	input.now < input.delegation.expires
	input.delegation.depth >= 1
	input.delegation.depth <= data.delegation.max_depth
	input.action in input.delegation.scopes
}

# METADATA
# title: The delegator holds every scope that it passes on
# description: A delegation is never wider than one grant of its delegator at this service.
# scope: document
scopes_held if {
	some grant in data.delegation.grants
	grant.holder == input.delegation.from
	grant.resource == input.resource
	is_array(grant.actions)
	every scope in input.delegation.scopes {
		scope in grant.actions
	}
}

# METADATA
# title: The action is not sensitive, or enough people approved it
# description: While the list of sensitive actions is empty, every action is sensitive.
# scope: document
default approved := false

approved if {
	count(data.delegation.sensitive) > 0
	every entry in data.delegation.sensitive {
		entry != input.action
	}
}

approved if count(approving) >= data.delegation.quorum

# METADATA
# title: The people whose approval counts
# description: A set, so that whoever approves twice counts once.
# scope: document
approving := {approval.approver |
	some approval in input.approvals
	approval_counts(approval)
}

# An approval is for one delegation, for a time, by a listed approver who is no party of it.
approval_counts(approval) if {
	approval.delegation == input.delegation.id
	is_number(approval.expires)
	input.now < approval.expires
	is_array(data.delegation.approvers)
	approval.approver in data.delegation.approvers
	approval.approver != input.caller
	approval.approver != input.delegation.from
}

trust_domain(id) := split(id, "/")[2]

# The identity of an agent or of a person: spiffe://<trust domain>/agent/<name>.
identity(id) if {
	is_string(id)
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9.-]{1,255}/(?:agent|person)/[a-z0-9-]+$`, id)
}

service(id) if {
	is_string(id)
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9.-]{1,255}/service/[a-z0-9-]+$`, id)
}

action_name(name) if {
	is_string(name)
	regex.match(`^[a-z]+(?:\.[a-z]+)+$`, name)
}
