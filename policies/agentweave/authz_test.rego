# METADATA
# title: Tests of agent call authorization
# description: |
#   Every test brings its own documents by `with`, so the results do not depend on the data that was loaded or where.
package agentweave.authz_test

import data.agentweave.authz

# The fleet of the tests.

orchestrator := "spiffe://home.test/agent/orchestrator/production"

search := "spiffe://home.test/agent/search/production"

ledger := "spiffe://home.test/agent/ledger/production"

staging_check := "spiffe://home.test/agent/check/staging"

researcher := "spiffe://lab.home.test/agent/researcher/production"

buyer := "spiffe://partner.test/agent/buyer/production"

stranger := "spiffe://stranger.test/agent/orchestrator/production"

fleet := {
	"trust_domains": ["home.test", "lab.home.test"],
	"federation": [{
		"trust_domain": "partner.test",
		"may_call": [{"callee": search, "actions": ["search"]}],
	}],
	"grants": [
		{"id": "g-search", "caller": orchestrator, "callee": search, "actions": ["search", "index.status"]},
		{"id": "g-research", "caller": researcher, "callee": search, "actions": ["search"]},
		{"id": "g-buyer", "caller": buyer, "callee": search, "actions": ["search", "index.status"]},
		{"id": "g-buyer-ledger", "caller": buyer, "callee": ledger, "actions": ["search"]},
		{"id": "g-stranger", "caller": stranger, "callee": search, "actions": ["search"]},
		{"id": "g-to-stranger", "caller": orchestrator, "callee": stranger, "actions": ["search"]},
		{"id": "g-to-partner", "caller": orchestrator, "callee": buyer, "actions": ["search"]},
		{"id": "g-check", "caller": staging_check, "callee": search, "actions": ["index.status"], "cross_environment": true},
		{"id": "g-check-plain", "caller": staging_check, "callee": search, "actions": ["search"]},
	],
	"banned_agents": ["spiffe://home.test/agent/scraper/production"],
}

# How a test asks: `judge` gives the decision for a request and documents, `granted` the same when the only grant
# is for exactly this call.

call(caller, callee, action) := {"caller_spiffe_id": caller, "callee_spiffe_id": callee, "action": action}

judge(request, documents) := decision if {
	decision := authz.decision with input as request
		with data.trust_domains as documents.trust_domains
		with data.federation as documents.federation
		with data.grants as documents.grants
		with data.banned_agents as documents.banned_agents
}

allowed(request, documents) := answer if {
	answer := authz.allow with input as request
		with data.trust_domains as documents.trust_domains
		with data.federation as documents.federation
		with data.grants as documents.grants
		with data.banned_agents as documents.banned_agents
}

granted(caller, callee, action) := judge(call(caller, callee, action), with_grants([{
	"id": "g",
	"caller": caller,
	"callee": callee,
	"actions": [action],
}]))

with_grants(grants) := object.union(fleet, {"grants": grants})

with_bans(ids) := object.union(fleet, {"banned_agents": ids})

with_federation(entries) := object.union(fleet, {"federation": entries})

# The reasons of a denial; undefined when the call is allowed.
denied(request, documents) := decision.reasons if {
	decision := judge(request, documents)
	decision.allow == false
}

denied_for(reasons, matched) := {"allow": false, "reasons": reasons, "matched_grants": matched}

# Allow and the shape of the decision.

test_granted_call_is_allowed if {
	judge(call(orchestrator, search, "search"), fleet) == {
		"allow": true,
		"reasons": [],
		"matched_grants": ["g-search"],
	}
}

test_every_action_of_a_grant_is_allowed if allowed(call(orchestrator, search, "index.status"), fleet)

test_a_second_home_domain_calls_the_first if allowed(call(researcher, search, "search"), fleet)

test_an_agent_may_be_granted_itself if granted(search, search, "search").allow == true

test_the_default_is_false_and_not_undefined if allowed(call(search, orchestrator, "search"), fleet) == false

test_a_grant_has_one_direction if {
	judge(call(search, orchestrator, "search"), fleet) == denied_for(["no_matching_grant"], [])
}

test_another_action_of_a_granted_pair_is_denied if {
	judge(call(orchestrator, search, "index.rebuild"), fleet) == denied_for(["no_matching_grant"], [])
}

test_another_callee_of_a_granted_caller_is_denied if {
	judge(call(orchestrator, ledger, "search"), fleet) == denied_for(["no_matching_grant"], [])
}

test_all_causes_are_reported_together if {
	judge(call(stranger, staging_check, "search"), with_bans([stranger])) == denied_for(
		[
			"caller_banned",
			"caller_trust_domain_unknown",
			"environment_mismatch",
			"no_matching_grant",
		],
		[],
	)
}

test_further_input_fields_change_nothing if {
	request := object.union(call(buyer, ledger, "search"), {"caller_trust_domain": "home.test", "admin": true, "allow": true})
	judge(request, fleet) == judge(call(buyer, ledger, "search"), fleet)
	judge(request, fleet).allow == false
}

# The decision and the rule agree, and reasons are empty exactly when the call is allowed.

# The tables hold every caller, callee and action of the shipped data; these are enough to tell the rules apart.
requests := {call(caller, callee, action) |
	some caller in {orchestrator, staging_check, researcher, buyer, stranger, "*", null}
	some callee in {search, ledger, buyer, "*"}
	some action in {"search", "index.status", "*"}
}

test_decision_and_allow_agree if {
	every request in requests {
		judge(request, fleet).allow == allowed(request, fleet)
	}
}

test_reasons_are_empty_exactly_when_allowed if {
	silent := {request | some request in requests; count(judge(request, fleet).reasons) == 0}
	silent == {request | some request in requests; allowed(request, fleet)}
}

test_only_the_granted_of_all_requests_are_allowed if {
	{request | some request in requests; allowed(request, fleet)} == {
		call(orchestrator, search, "search"),
		call(orchestrator, search, "index.status"),
		call(researcher, search, "search"),
		call(buyer, search, "search"),
		call(staging_check, search, "index.status"),
	}
}

# Matched grants.

test_all_matching_grants_are_named_in_order if {
	grants := array.concat(
		[{"id": "z", "caller": orchestrator, "callee": search, "actions": ["search"]}],
		fleet.grants,
	)
	judge(call(orchestrator, search, "search"), with_grants(grants)).matched_grants == ["g-search", "z"]
}

test_a_denied_call_names_the_grants_that_were_overruled if {
	judge(call(orchestrator, search, "search"), with_bans([orchestrator])) == denied_for(["caller_banned"], ["g-search"])
}

exact_grant := {"id": "g", "caller": orchestrator, "callee": search, "actions": ["search"]}

test_a_grant_may_carry_a_description if {
	grant := object.union(exact_grant, {"description": "why", "cross_environment": false})
	allowed(call(orchestrator, search, "search"), with_grants([grant]))
}

unusable_grants := {
	"id is absent": object.remove(exact_grant, ["id"]),
	"id is empty": object.union(exact_grant, {"id": ""}),
	"id is no string": object.union(exact_grant, {"id": 1}),
	"caller is absent": object.remove(exact_grant, ["caller"]),
	"caller is a wildcard": object.union(exact_grant, {"caller": "*"}),
	"caller is a prefix": object.union(exact_grant, {"caller": "spiffe://home.test/agent/orchestrator/"}),
	"caller is a pattern": object.union(exact_grant, {"caller": "spiffe://home.test/agent/*/production"}),
	"caller is a list": object.union(exact_grant, {"caller": [orchestrator]}),
	"caller has other letter case": object.union(exact_grant, {"caller": "spiffe://home.test/agent/Orchestrator/production"}),
	"callee is absent": object.remove(exact_grant, ["callee"]),
	"callee is a wildcard": object.union(exact_grant, {"callee": "*"}),
	"callee is a list": object.union(exact_grant, {"callee": [search]}),
	"actions are absent": object.remove(exact_grant, ["actions"]),
	"actions are empty": object.union(exact_grant, {"actions": []}),
	"actions are a string": object.union(exact_grant, {"actions": "search"}),
	"actions are an object": object.union(exact_grant, {"actions": {"search": "search"}}),
	"actions are a wildcard": object.union(exact_grant, {"actions": ["*"]}),
	"actions hold a longer name": object.union(exact_grant, {"actions": ["search.all"]}),
	"field is unknown": object.union(exact_grant, {"expires": "2020-01-01"}),
	"field is misspelt": object.union(exact_grant, {"cross_enviroment": true}),
	"crossing is no boolean": object.union(exact_grant, {"cross_environment": "yes"}),
	"grant is a string": "spiffe://home.test/agent/orchestrator/production",
	"grant is null": null,
	"grant is a list": [orchestrator, search, "search"],
}

test_unusable_grants_match_nothing if {
	matching := {what |
		some what, grant in unusable_grants
		count(judge(call(orchestrator, search, "search"), with_grants([grant])).matched_grants) > 0
	}
	matching == set()
}

test_an_unusable_grant_does_not_spoil_the_others if {
	every grant in unusable_grants {
		allowed(call(orchestrator, search, "search"), with_grants([grant, exact_grant]))
	}
}

# Identifiers.

well_formed := {
	orchestrator,
	"spiffe://a/agent/b/dev",
	"spiffe://a_b-c.d0/agent/A_b-C.9/staging",
	"spiffe://home.test/agent/.hidden/production",
	"spiffe://home.test/agent/..two/production",
	"spiffe://home.test/agent/.../production",
	"spiffe://home.test/agent/-/production",
	"spiffe://home.test/agent/production/production",
	"spiffe://home.test/agent/agent/production",
}

malformed := {
	"",
	" ",
	"*",
	"orchestrator",
	"spiffe://",
	"spiffe:///agent/orchestrator/production",
	"spiffe://home.test",
	"spiffe://home.test/",
	"spiffe://home.test/agent",
	"spiffe://home.test/agent/orchestrator",
	"spiffe://home.test/agent/orchestrator/",
	"spiffe://home.test/agent//production",
	"spiffe://home.test//agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/production/",
	"spiffe://home.test/agent/orchestrator/production/extra",
	"spiffe://home.test/agent/team/orchestrator/production",
	"spiffe://home.test/agent/./production",
	"spiffe://home.test/agent/../production",
	"spiffe://home.test/agent/*/production",
	"spiffe://*/agent/orchestrator/production",
	"spiffe://home.test/service/orchestrator/production",
	"spiffe://home.test/Agent/orchestrator/production",
	"spiffe://home.test/agents/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/prod",
	"spiffe://home.test/agent/orchestrator/Production",
	"spiffe://home.test/agent/orchestrator/production2",
	"spiffe://home.test/agent/orchestrator/test",
	"SPIFFE://home.test/agent/orchestrator/production",
	"Spiffe://home.test/agent/orchestrator/production",
	"spiffe:/home.test/agent/orchestrator/production",
	"spiffe:home.test/agent/orchestrator/production",
	"//home.test/agent/orchestrator/production",
	"https://home.test/agent/orchestrator/production",
	"xspiffe://home.test/agent/orchestrator/production",
	"spiffe://Home.test/agent/orchestrator/production",
	"spiffe://home.test:443/agent/orchestrator/production",
	"spiffe://user@home.test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/production?x=1",
	"spiffe://home.test/agent/orchestrator/production#x",
	"spiffe://home.test/agent/orche%73trator/production",
	"spiffe://home.test%2fagent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator%2f/production",
	"spiffe://home.test\\agent\\orchestrator\\production",
	" spiffe://home.test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/production ",
	"spiffe://home.test/agent/orchestrator/production\n",
	"spiffe://home.test/agent/orchestrator/production\r\n",
	"\nspiffe://home.test/agent/orchestrator/production",
	"x\nspiffe://home.test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/production\nx",
	"spiffe://home.test/agent/orche strator/production",
	"spiffe://home.test/agent/orchestrator\t/production",
	"spiffe://home.test/agent/orchestrator\u0000/production",
	"spiffe://home.test/agent/orchestrator/production\u0000",
	"spiffe://home.test\u0000.evil.test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestr\u0430tor/production",
	"spiffe://h\u043eme.test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator\u200b/production",
	"spiffe://home.test/agent/orchestrator/production\ufeff",
	"spiffe:\uff0f\uff0fhome.test/agent/orchestrator/production",
	"spiffe://home\u3002test/agent/orchestrator/production",
	"spiffe://home.test/agent/orchestrator/dev/production",
	"spiffe://home.test/agent/orchestrator/production,spiffe://home.test/agent/search/production",
	"spiffe://spiffe://home.test/agent/orchestrator/production",
	null,
	true,
	42,
	["spiffe://home.test/agent/orchestrator/production"],
	{"id": "spiffe://home.test/agent/orchestrator/production"},
}

test_well_formed_ids_are_agent_ids if {
	every id in well_formed {
		authz.agent_id(id)
	}
}

test_malformed_ids_are_not_agent_ids if {
	accepted := {id | some id in malformed; authz.agent_id(id)}
	accepted == set()
}

test_malformed_caller_is_denied_even_when_granted if {
	let_in := {id |
		some id in malformed
		id != null
		granted(id, search, "search") != denied_for(["caller_id_malformed"], [])
	}
	let_in == set()
}

test_malformed_callee_is_denied_even_when_granted if {
	let_in := {id |
		some id in malformed
		id != null
		granted(orchestrator, id, "search") != denied_for(["callee_id_malformed"], [])
	}
	let_in == set()
}

test_the_whole_id_has_at_most_2048_characters if {
	frame := "spiffe://home.test/agent//production"
	role := concat("", [character | some _ in numbers.range(1, 2048 - count(frame)); character := "r"])
	authz.agent_id(sprintf("spiffe://home.test/agent/%s/production", [role]))
	not authz.agent_id(sprintf("spiffe://home.test/agent/%sr/production", [role]))
}

test_the_trust_domain_has_at_most_255_characters if {
	name := concat("", [character | some _ in numbers.range(1, 255); character := "t"])
	authz.agent_id(sprintf("spiffe://%s/agent/search/production", [name]))
	not authz.agent_id(sprintf("spiffe://%st/agent/search/production", [name]))
}

test_segments_of_an_id if {
	authz.parsed("spiffe://a.test/agent/b/dev") == {"trust_domain": "a.test", "role": "b", "environment": "dev"}
	not authz.parsed("spiffe://a.test/agent/b/dev/")
}

# Absent input.

test_absent_fields_have_their_own_codes if {
	absent := ["action_missing", "callee_id_missing", "caller_id_missing"]
	every request in [{}, [], null, "x", 1, false, call(null, null, null), [call(orchestrator, search, "search")]] {
		judge(request, fleet) == denied_for(absent, [])
	}
}

test_no_input_at_all_is_denied if {
	decision := authz.decision with data.trust_domains as fleet.trust_domains
		with data.federation as fleet.federation
		with data.grants as fleet.grants
		with data.banned_agents as fleet.banned_agents
	decision == denied_for(["action_missing", "callee_id_missing", "caller_id_missing"], [])
}

test_each_absent_field_is_denied if {
	request := call(orchestrator, search, "search")
	judge(object.remove(request, ["caller_spiffe_id"]), fleet) == denied_for(["caller_id_missing"], [])
	judge(object.remove(request, ["callee_spiffe_id"]), fleet) == denied_for(["callee_id_missing"], [])
	judge(object.remove(request, ["action"]), fleet) == denied_for(["action_missing"], [])
}

# Actions.

test_names_of_capabilities_are_valid_actions if {
	every action in {"search", "index.status", "tasks/get", "tool:run", "a_b-c", "Search", "7", "a"} {
		granted(orchestrator, search, action).allow == true
	}
}

test_other_actions_are_denied_even_when_granted if {
	strings := {"", " ", "*", "search*", "se?rch", "search ", " search", "search\n", "s\u0000", "s\u0435arch", ".search", "/search"}
	let_in := {action |
		some action in (strings | {true, 1, ["search"], {"search": true}})
		granted(orchestrator, search, action) != denied_for(["action_malformed"], [])
	}
	let_in == set()
}

test_an_action_has_at_most_128_characters if {
	action := concat("", [character | some _ in numbers.range(1, 128); character := "a"])
	granted(orchestrator, search, action).allow == true
	granted(orchestrator, search, sprintf("%sa", [action])).allow == false
}

test_actions_are_compared_exactly if {
	every action in {"Search", "SEARCH", "searc", "searches", "search.all"} {
		judge(call(orchestrator, search, action), fleet) == denied_for(["no_matching_grant"], [])
	}
}

# Bans.

test_a_banned_caller_is_denied if {
	denied(call(orchestrator, search, "search"), with_bans([ledger, orchestrator])) == ["caller_banned"]
}

test_a_banned_callee_is_denied if {
	denied(call(orchestrator, search, "search"), with_bans([search, ledger])) == ["callee_banned"]
}

test_both_parties_may_be_banned if {
	denied(call(orchestrator, search, "search"), with_bans([search, orchestrator])) == ["callee_banned", "caller_banned"]
}

test_a_banned_partner_is_denied if {
	denied(call(buyer, search, "search"), with_bans([buyer])) == ["caller_banned"]
}

test_a_ban_is_lifted_by_its_removal if allowed(call(orchestrator, search, "search"), with_bans([]))

test_a_ban_is_for_one_identity if {
	similar := [
		"spiffe://home.test/agent/orchestrator/staging",
		"spiffe://home.test/agent/Orchestrator/production",
		"spiffe://home.test/agent/orchestrator2/production",
		"spiffe://home.test/agent/orchestrato/production",
		"spiffe://lab.home.test/agent/orchestrator/production",
	]
	allowed(call(orchestrator, search, "search"), with_bans(similar))
}

test_a_banned_list_with_a_malformed_entry_denies_everybody if {
	let_in := {entry |
		some entry in malformed
		documents := with_bans([ledger, entry])
		judge(call(researcher, search, "search"), documents) != denied_for(["data_invalid:banned_agents"], [])
	}
	let_in == set()
}

# Documents that are missing or of the wrong type.

test_a_document_of_the_wrong_type_denies if {
	names := ["trust_domains", "federation", "grants", "banned_agents"]
	let_in := {[name, document] |
		some name in names
		some document in [null, false, true, 0, "", "*", orchestrator, {}, {"0": orchestrator}, {orchestrator: true}]
		documents := object.union(object.remove(fleet, [name]), {name: document})
		judge(call(orchestrator, search, "search"), documents) != denied_for([sprintf("data_invalid:%s", [name])], [])
	}
	let_in == set()
}

test_empty_documents_deny if {
	allowed(call(orchestrator, search, "search"), object.union(fleet, {"trust_domains": []})) == false
	allowed(call(orchestrator, search, "search"), with_grants([])) == false
	allowed(call(buyer, search, "search"), with_federation([])) == false
}

test_an_empty_federation_leaves_home_calls_alone if allowed(call(orchestrator, search, "search"), with_federation([]))

test_missing_documents_are_named if {
	reasons := authz.reasons with authz.documents as {"grants": []}
		with data.banned_agents as ["x"]
		with input as call(orchestrator, search, "search")
	{reason | some reason in reasons; reason in {"data_missing:trust_domains", "data_missing:federation", "data_missing:banned_agents"}} == {
		"data_missing:trust_domains",
		"data_missing:federation",
		"data_missing:banned_agents",
	}
	not "data_missing:grants" in reasons
	not "data_invalid:banned_agents" in reasons
}

test_loaded_documents_are_not_missing if {
	every reason in judge(call(stranger, stranger, "search"), fleet).reasons {
		not reason in {"data_missing:trust_domains", "data_missing:federation", "data_missing:grants", "data_missing:banned_agents"}
	}
}

test_documents_holds_what_is_loaded if {
	documents := authz.documents with data.trust_domains as fleet.trust_domains
		with data.federation as null
		with data.grants as false
		with data.banned_agents as fleet.banned_agents
	documents == {
		"trust_domains": fleet.trust_domains,
		"federation": null,
		"grants": false,
		"banned_agents": fleet.banned_agents,
	}
}

test_a_broken_document_hides_the_other_causes if {
	documents := with_bans(["x"])
	every request in [
		call(stranger, search, "search"),
		call(buyer, ledger, "search"),
		call(orchestrator, stranger, "search"),
		call(orchestrator, buyer, "search"),
		call(staging_check, ledger, "search"),
		call(orchestrator, search, "search"),
	] {
		judge(request, documents) == denied_for(["data_invalid:banned_agents"], [])
	}
}

test_a_malformed_action_hides_the_other_causes if {
	every request in [call(stranger, buyer, "*"), call(staging_check, stranger, "*"), call(buyer, ledger, "*")] {
		judge(request, with_bans([stranger, buyer])) == denied_for(["action_malformed"], [])
	}
}

test_broken_input_and_data_hide_the_other_causes if {
	judge(call("x", stranger, "search"), with_bans([stranger])) == denied_for(["caller_id_malformed"], [])
}

# Environments.

test_environments_differ_without_a_crossing_grant if {
	judge(call(staging_check, search, "search"), fleet) == denied_for(["environment_mismatch", "no_matching_grant"], [])
}

test_environments_may_differ_when_the_grant_says_so if {
	judge(call(staging_check, search, "index.status"), fleet) == {
		"allow": true,
		"reasons": [],
		"matched_grants": ["g-check"],
	}
}

test_a_crossing_grant_must_say_exactly_true if {
	base := {"id": "g", "caller": staging_check, "callee": search, "actions": ["search"]}
	let_in := {value |
		some value in [false, null, 1, "true", "production", {}, [true], {"caller": "staging", "callee": "production"}]
		grant := object.union(base, {"cross_environment": value})
		allowed(call(staging_check, search, "search"), with_grants([grant]))
	}
	let_in == set()
}

test_a_crossing_grant_is_for_its_own_environments if {
	grant := {"id": "g", "caller": staging_check, "callee": search, "actions": ["search"], "cross_environment": true}
	documents := with_grants([grant])
	allowed(call(staging_check, search, "search"), documents)
	allowed(call("spiffe://home.test/agent/check/dev", search, "search"), documents) == false
	allowed(call(staging_check, "spiffe://home.test/agent/search/dev", "search"), documents) == false
}

test_a_crossing_grant_serves_a_shared_environment_too if {
	grant := object.union(exact_grant, {"cross_environment": true})
	allowed(call(orchestrator, search, "search"), with_grants([grant]))
}

# Trust domains and federation.

test_a_caller_of_an_unknown_domain_is_denied_even_when_granted if {
	judge(call(stranger, search, "search"), fleet) == denied_for(["caller_trust_domain_unknown"], ["g-stranger"])
}

test_a_callee_of_an_unknown_domain_is_denied_even_when_granted if {
	judge(call(orchestrator, stranger, "search"), fleet) == denied_for(["callee_trust_domain_unknown"], ["g-to-stranger"])
}

test_domains_are_compared_exactly if {
	similar := {"home.tes", "home.testt", "xhome.test", "x.home.test", "home.test.evil.test", "home-test", "test", "homextest"}
	let_in := {name |
		some name in similar
		id := sprintf("spiffe://%s/agent/orchestrator/production", [name])
		granted(id, search, "search") != denied_for(["caller_trust_domain_unknown"], ["g"])
	}
	let_in == set()
}

test_wildcard_domains_match_nothing if {
	every name in ["*", "*.test", "home.*", "", ".*", "**", null, 1, ["home.test"], {"home.test": true}] {
		documents := object.union(fleet, {"trust_domains": [name]})
		denied(call(orchestrator, search, "search"), documents) == ["callee_trust_domain_unknown", "caller_trust_domain_unknown"]
	}
}

test_a_partner_calls_within_its_ceiling if {
	judge(call(buyer, search, "search"), fleet) == {"allow": true, "reasons": [], "matched_grants": ["g-buyer"]}
}

test_a_grant_does_not_lift_the_ceiling_for_an_action if {
	judge(call(buyer, search, "index.status"), fleet) == denied_for(["federation_not_permitted"], ["g-buyer"])
}

test_a_grant_does_not_lift_the_ceiling_for_a_callee if {
	judge(call(buyer, ledger, "search"), fleet) == denied_for(["federation_not_permitted"], ["g-buyer-ledger"])
}

test_the_ceiling_is_not_a_grant if {
	other := "spiffe://partner.test/agent/seller/production"
	judge(call(other, search, "search"), fleet) == denied_for(["no_matching_grant"], [])
}

test_a_partner_is_never_called if {
	judge(call(orchestrator, buyer, "search"), fleet) == denied_for(["callee_trust_domain_federated"], ["g-to-partner"])
}

test_a_partner_does_not_call_a_partner_even_when_its_ceiling_says_so if {
	seller := "spiffe://second.test/agent/seller/production"
	documents := object.union(fleet, {
		"federation": [
			{"trust_domain": "partner.test", "may_call": [{"callee": seller, "actions": ["search"]}]},
			{"trust_domain": "second.test", "may_call": [{"callee": search, "actions": ["search"]}]},
		],
		"grants": [{"id": "g", "caller": buyer, "callee": seller, "actions": ["search"]}],
	})
	judge(call(buyer, seller, "search"), documents) == denied_for(["callee_trust_domain_federated"], ["g"])
}

test_a_ceiling_is_for_its_own_partner if {
	entries := [
		{"trust_domain": "partner.test", "may_call": []},
		{"trust_domain": "second.test", "may_call": [{"callee": search, "actions": ["search"]}]},
	]
	denied(call(buyer, search, "search"), with_federation(entries)) == ["federation_not_permitted"]
}

test_the_entries_of_a_partner_add_up if {
	entries := [
		{"trust_domain": "partner.test", "description": "first", "may_call": [{"callee": ledger, "actions": ["search"]}]},
		{"trust_domain": "partner.test", "may_call": [{"callee": search, "description": "second", "actions": ["search"]}]},
	]
	allowed(call(buyer, search, "search"), with_federation(entries))
}

test_a_domain_that_is_home_and_partner_counts_as_a_partner if {
	documents := object.union(fleet, {"trust_domains": ["home.test", "lab.home.test", "partner.test"]})
	judge(call(buyer, search, "search"), documents).allow == true
	denied(call(buyer, ledger, "search"), documents) == ["federation_not_permitted"]
	denied(call(orchestrator, buyer, "search"), documents) == ["callee_trust_domain_federated"]
}

exact_reach := {"callee": search, "actions": ["search"]}

unusable_ceilings := {
	"may_call is absent": {"trust_domain": "partner.test"},
	"may_call is empty": {"trust_domain": "partner.test", "may_call": []},
	"may_call is an object": {"trust_domain": "partner.test", "may_call": {"search": exact_reach}},
	"may_call is a wildcard": {"trust_domain": "partner.test", "may_call": "*"},
	"entry has an unknown field": {"trust_domain": "partner.test", "may_call": [exact_reach], "callers": []},
	"reach is a string": {"trust_domain": "partner.test", "may_call": [search]},
	"reach has an unknown field": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"callers": []})]},
	"reach has a wildcard callee": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"callee": "*"})]},
	"reach has no callee": {"trust_domain": "partner.test", "may_call": [{"actions": ["search"]}]},
	"reach has no actions": {"trust_domain": "partner.test", "may_call": [{"callee": search}]},
	"reach has empty actions": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"actions": []})]},
	"reach has a wildcard action": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"actions": ["*"]})]},
	"reach has a string for actions": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"actions": "search"})]},
	"reach has an object for actions": {"trust_domain": "partner.test", "may_call": [object.union(exact_reach, {"actions": {"x": "search"}})]},
}

test_unusable_ceilings_permit_nothing if {
	let_in := {what |
		some what, entry in unusable_ceilings
		judge(call(buyer, search, "search"), with_federation([entry])) != denied_for(["federation_not_permitted"], ["g-buyer"])
	}
	let_in == set()
}

test_entries_that_name_no_partner_are_passed_over if {
	every entry in [null, "partner.test", 1, ["partner.test"], {}, {"trust_domain": "*", "may_call": [exact_reach]}] {
		denied(call(buyer, search, "search"), with_federation([entry])) == ["caller_trust_domain_unknown"]
		allowed(call(orchestrator, search, "search"), with_federation([entry]))
	}
}

test_only_fields_wants_no_other_field if {
	authz.only_fields({"a": 1}, {"a", "b"})
	authz.only_fields({}, {"a"})
	not authz.only_fields({"a": 1, "c": 1}, {"a", "b"})
}

# Each condition of allow counts by itself: the others are set to what would allow.

conditions_allow(ready, banned, caller, callee, grants) := answer if {
	answer := authz.allow with authz.ready as ready
		with authz.no_party_banned as banned
		with authz.caller_trusted as caller
		with authz.callee_trusted as callee
		with authz.matched_grants as grants
}

test_allow_wants_each_of_its_conditions if {
	conditions_allow(true, true, true, true, {"g"}) == true
	conditions_allow(false, true, true, true, {"g"}) == false
	conditions_allow(true, false, true, true, {"g"}) == false
	conditions_allow(true, true, false, true, {"g"}) == false
	conditions_allow(true, true, true, false, {"g"}) == false
	conditions_allow(true, true, true, true, set()) == false
}

test_conditions_are_false_and_not_undefined if {
	conditions := [
		authz.ready,
		authz.no_party_banned,
		authz.banned_list_sound,
		authz.caller_trusted,
		authz.callee_trusted,
		authz.federation_permits,
		authz.action_valid,
	] with input as {}
		with data.trust_domains as null
		with data.federation as null
		with data.grants as null
		with data.banned_agents as null
	conditions == [false, false, false, false, false, false, false]
}

test_documents_of_the_wrong_type_establish_nothing if {
	conditions := [authz.no_party_banned, authz.banned_list_sound, authz.federation_permits, authz.caller_trusted] with input as call(buyer, search, "search")
		with data.trust_domains as {"0": "partner.test", "1": "home.test"}
		with data.federation as {"0": fleet.federation[0]}
		with data.banned_agents as {}
	conditions == [false, false, false, false]
}
