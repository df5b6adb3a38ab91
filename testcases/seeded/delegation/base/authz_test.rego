# METADATA
# title: Tests of delegation between agents
# description: Every test brings its own documents, so the results do not depend on the data that was loaded.
package delegation.authz_test

import data.delegation.authz

orchestrator := "spiffe://home.test/agent/orchestrator"

planner := "spiffe://home.test/agent/planner"

explorer := "spiffe://lab.test/agent/explorer"

olga := "spiffe://home.test/person/olga"

ann := "spiffe://home.test/person/ann"

ben := "spiffe://home.test/person/ben"

cleo := "spiffe://home.test/person/cleo"

tickets := "spiffe://home.test/service/tickets"

ledger := "spiffe://home.test/service/ledger"

documents := {
	"trust_domains": ["home.test", "lab.test"],
	"bridges": [{"from": "home.test", "to": "lab.test"}],
	"grants": [
		{"holder": orchestrator, "resource": tickets, "actions": ["tickets.read", "tickets.write"]},
		{"holder": olga, "resource": ledger, "actions": ["ledger.read", "ledger.pay"]},
		{"holder": explorer, "resource": tickets, "actions": ["tickets.read"]},
	],
	"revoked": ["spiffe://home.test/agent/scraper"],
	"sensitive": ["ledger.pay"],
	"approvers": [ann, ben, cleo],
	"quorum": 2,
	"max_depth": 2,
}

delegation(from, to, scopes) := {
	"id": "d-17",
	"from": from,
	"to": to,
	"scopes": scopes,
	"expires": 2000,
	"depth": 1,
}

request(caller, action, resource, passed) := {
	"caller": caller,
	"action": action,
	"resource": resource,
	"now": 1000,
	"delegation": passed,
	"approvals": [],
}

reading := request(planner, "tickets.read", tickets, delegation(orchestrator, planner, ["tickets.read"]))

paying := request(planner, "ledger.pay", ledger, delegation(olga, planner, ["ledger.pay"]))

approval(approver) := {"approver": approver, "delegation": "d-17", "expires": 1500}

with_approvals(approvals) := object.union(paying, {"approvals": approvals})

judge(asked, known) := answer if {
	answer := authz.allow with input as asked
		with data.delegation.trust_domains as known.trust_domains
		with data.delegation.bridges as known.bridges
		with data.delegation.grants as known.grants
		with data.delegation.revoked as known.revoked
		with data.delegation.sensitive as known.sensitive
		with data.delegation.approvers as known.approvers
		with data.delegation.quorum as known.quorum
		with data.delegation.max_depth as known.max_depth
}

allowed(asked) if judge(asked, documents) == true

denied(asked) if judge(asked, documents) == false

test_a_delegate_does_what_was_delegated if allowed(reading)

test_a_delegate_does_one_of_several_scopes if {
	allowed(request(planner, "tickets.write", tickets, delegation(orchestrator, planner, ["tickets.read", "tickets.write"])))
}

test_what_was_not_delegated_is_denied if {
	denied(request(planner, "tickets.write", tickets, delegation(orchestrator, planner, ["tickets.read"])))
}

test_a_delegation_is_not_wider_than_the_grant if {
	denied(request(planner, "tickets.read", tickets, delegation(orchestrator, planner, ["tickets.read", "tickets.admin"])))
}

test_a_delegation_for_another_is_denied if {
	denied(request(planner, "tickets.read", tickets, delegation(orchestrator, explorer, ["tickets.read"])))
}

test_a_grant_at_another_service_is_of_no_use if {
	denied(request(planner, "tickets.read", ledger, delegation(orchestrator, planner, ["tickets.read"])))
}

test_an_expired_delegation_is_denied if denied(object.union(reading, {"now": 2000}))

test_a_chain_that_is_too_long_is_denied if denied(object.union(reading, {"delegation": {"depth": 3}}))

test_a_bridge_is_passed_in_its_direction if {
	allowed(request(explorer, "tickets.read", tickets, delegation(orchestrator, explorer, ["tickets.read"])))
	denied(request(planner, "tickets.read", tickets, delegation(explorer, planner, ["tickets.read"])))
}

test_an_unknown_trust_domain_is_denied if {
	stranger := "spiffe://stranger.test/agent/planner"
	denied(request(stranger, "tickets.read", tickets, delegation(orchestrator, stranger, ["tickets.read"])))
}

test_a_revoked_delegate_is_denied if {
	scraper := "spiffe://home.test/agent/scraper"
	denied(request(scraper, "tickets.read", tickets, delegation(orchestrator, scraper, ["tickets.read"])))
}

test_two_approvals_are_enough if allowed(with_approvals([approval(ann), approval(ben)]))

test_three_approvals_are_enough if allowed(with_approvals([approval(ann), approval(ben), approval(cleo)]))

test_one_approval_is_not_enough if denied(with_approvals([approval(ann)]))

test_no_approval_is_not_enough if denied(paying)

test_expired_approvals_do_not_count if {
	denied(with_approvals([approval(ann), object.union(approval(ben), {"expires": 900})]))
}

test_approvals_of_another_delegation_do_not_count if {
	denied(with_approvals([approval(ann), object.union(approval(ben), {"delegation": "d-18"})]))
}

test_people_who_are_no_approvers_do_not_count if denied(with_approvals([approval(ann), approval(olga)]))
