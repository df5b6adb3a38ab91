# METADATA
# title: The checks of configurations of OPA, change by change
# description: Too many for opa test, which traces each of them; portcullis test runs them in a moment.
package agentweave.opa_cases_test

import data.agentweave.opa
import data.agentweave.opa_test.changed

judged(case) := answer if {
	document := changed(case.sets, case.removed)
	answer := opa.summary with input as document
}

test_services[name] if {
	some name, case in cases_of_services
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_bundles[name] if {
	some name, case in cases_of_bundles
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

test_logs_and_flags[name] if {
	some name, case in cases_of_logs_and_flags
	judged(case) == {"deny": case.deny, "warn": case.warn}
}

# Whatever is missing, or of a type that nobody expects, is a finding of the rule that wants it.

of_no_use := {
	"null": null,
	"a negative number": -7,
	"a fraction": 0.5,
	"an empty text": "",
	"the text true": "true",
	"the text no": "no",
	"an empty list": [],
	"a list": [true, "deny", 1],
	"an empty mapping": {},
	"a mapping": {"value": true},
}

found_in(document) := {finding.rule | some finding in found} if found := opa.deny with input as document

test_missing[path] if {
	some place, rule in needed
	not place in {"/0/contents/bundles/authz", "/0/contents/services/policies"}
	path := place
	rule in found_in(changed({}, [path]))
}

test_wrong_type[name] if {
	some path, rule in needed
	some kind, value in of_no_use
	not [path, kind] in meant
	name := sprintf("%s is %s", [path, kind])
	rule in found_in(changed({path: value}, []))
}

test_nothing_at_all[name] if {
	some name, document in {"null": null, "a text": "x", "a number": 1, "true": true, "an empty list": [], "a list": [1, null]}
	count(found_in(document)) > 0
}

needed := {
	"/0/contents/services": "services",
	"/0/contents/services/policies": "service-tls",
	"/0/contents/services/policies/url": "service-tls",
	"/0/contents/bundles": "bundles",
	"/0/contents/bundles/authz": "bundle-signing",
	"/0/contents/bundles/authz/signing": "bundle-signing",
	"/0/contents/bundles/authz/service": "bundle-service",
	"/0/contents/bundles/authz/polling": "bundle-polling",
	"/0/contents/bundles/authz/polling/min_delay_seconds": "bundle-polling",
	"/0/contents/bundles/authz/polling/max_delay_seconds": "bundle-polling",
	"/0/contents/decision_logs": "decision-logs",
	"/1/contents/spec/containers/0/args": "authentication",
}

# A mapping of bundles and services may have anything for a name, and what is in it is judged.
meant := {["/0/contents/bundles", "a mapping"], ["/0/contents/services", "a mapping"]}

# Every rule that some case brings to speak is explained, and every explanation is of such a rule.
test_the_guidance_is_complete if {
	spoken := {split(line, " ")[0] | some table in all_cases; some case in table; some line in array.concat(case.deny, case.warn)}
	spoken - object.keys(opa.guidance) == set()
	object.keys(opa.guidance) - spoken == set()
}

cases_of_services := {
	"the services {}": {"sets": {"/0/contents/services": {}}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"the services []": {"sets": {"/0/contents/services": []}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"the services null": {"sets": {"/0/contents/services": null}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"the services \"x\"": {"sets": {"/0/contents/services": "x"}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"the services 5": {"sets": {"/0/contents/services": 5}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services"], "warn": []},
	"a service at \"http://policies.example.com\"": {"sets": {"/0/contents/services/policies/url": "http://policies.example.com"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"http://localhost:8080\"": {"sets": {"/0/contents/services/policies/url": "http://localhost:8080"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"https://u:p@policies.example.com\"": {"sets": {"/0/contents/services/policies/url": "https://u:p@policies.example.com"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"HTTPS://policies.example.com\"": {"sets": {"/0/contents/services/policies/url": "HTTPS://policies.example.com"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"policies.example.com\"": {"sets": {"/0/contents/services/policies/url": "policies.example.com"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"https://\"": {"sets": {"/0/contents/services/policies/url": "https://"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"\"": {"sets": {"/0/contents/services/policies/url": ""}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at null": {"sets": {"/0/contents/services/policies/url": null}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at [\"https://policies.example.com\"]": {"sets": {"/0/contents/services/policies/url": ["https://policies.example.com"]}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"https://policies.example.com@evil.example\"": {"sets": {"/0/contents/services/policies/url": "https://policies.example.com@evil.example"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service at \"https://policies.example.com\\n\"": {"sets": {"/0/contents/services/policies/url": "https://policies.example.com\n"}, "removed": [], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service without an address": {"sets": {}, "removed": ["/0/contents/services/policies/url"], "deny": ["service-tls opa.yaml#/services/policies/url"], "warn": []},
	"a service that is nothing": {"sets": {"/0/contents/services/more": null}, "removed": [], "deny": ["service-tls opa.yaml#/services/more/url", "services opa.yaml#/services/more"], "warn": []},
	"a service without a name": {"sets": {"/0/contents/services/": {"url": "https://a.example.com"}}, "removed": [], "deny": ["services opa.yaml#/services/"], "warn": []},
	"insecure TLS true": {"sets": {"/0/contents/services/logs/allow_insecure_tls": true}, "removed": [], "deny": ["service-tls opa.yaml#/services/logs/allow_insecure_tls"], "warn": []},
	"insecure TLS \"false\"": {"sets": {"/0/contents/services/logs/allow_insecure_tls": "false"}, "removed": [], "deny": ["service-tls opa.yaml#/services/logs/allow_insecure_tls"], "warn": []},
	"insecure TLS null": {"sets": {"/0/contents/services/logs/allow_insecure_tls": null}, "removed": [], "deny": ["service-tls opa.yaml#/services/logs/allow_insecure_tls"], "warn": []},
	"insecure TLS 0": {"sets": {"/0/contents/services/logs/allow_insecure_tls": 0}, "removed": [], "deny": ["service-tls opa.yaml#/services/logs/allow_insecure_tls"], "warn": []},
	"insecure TLS false": {"sets": {"/0/contents/services/logs/allow_insecure_tls": false}, "removed": [], "deny": [], "warn": []},
	"services in a list": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}]}, "removed": [], "deny": [], "warn": []},
	"services in a list, one without a name": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"url": "https://a.example.com"}]}, "removed": [], "deny": ["services opa.yaml#/services/2"], "warn": []},
	"services in a list, one twice": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"name": "logs", "url": "https://a.example.com"}]}, "removed": [], "deny": ["services opa.yaml#/services/1", "services opa.yaml#/services/2"], "warn": []},
	"services in a list, one without TLS": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"name": "more", "url": "http://a.example.com"}]}, "removed": [], "deny": ["service-tls opa.yaml#/services/2/url"], "warn": []},
	"a service with token in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"token": "abc"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/token"], "warn": []},
	"a service with TOKEN in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"TOKEN": "abc"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/TOKEN"], "warn": []},
	"a service with client_secret in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"client_secret": "abc"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/client_secret"], "warn": []},
	"a service with password in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"password": 5}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/password"], "warn": []},
	"a service with private_key in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"private_key": "abc"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/private_key"], "warn": []},
	"a service with secret_access_key in the file": {"sets": {"/0/contents/services/logs/credentials": {"x": {"secret_access_key": ["a"]}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/x/secret_access_key"], "warn": []},
	"a reference with more": {"sets": {"/0/contents/services/logs/credentials": {"bearer": {"token": "Bearer ${TOKEN}"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/bearer/token"], "warn": []},
	"credentials from outside": {"sets": {"/0/contents/services/logs/credentials": {"client_tls": {"cert": "/etc/opa/cert.pem", "private_key": "/etc/opa/key.pem"}, "bearer": {"token_path": "/run/token"}, "secret": {"token": "${TOKEN}"}}}, "removed": [], "deny": [], "warn": []},
	"a private key at no place": {"sets": {"/0/contents/services/logs/credentials": {"client_tls": {"private_key": "key.pem"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/client_tls/private_key"], "warn": []},
	"a second section Services": {"sets": {"/0/contents/Services": {}}, "removed": [], "deny": ["key-spelling opa.yaml#/Services"], "warn": []},
	"a second section BUNDLES": {"sets": {"/0/contents/BUNDLES": {}}, "removed": [], "deny": ["key-spelling opa.yaml#/BUNDLES"], "warn": []},
	"a second section Decision_Logs": {"sets": {"/0/contents/Decision_Logs": {}}, "removed": [], "deny": ["key-spelling opa.yaml#/Decision_Logs"], "warn": []},
	"a bundle with a second signature": {"sets": {"/0/contents/bundles/authz/Signing": {}}, "removed": [], "deny": ["key-spelling opa.yaml#/bundles/authz/Signing"], "warn": []},
	"the key services in capitals": {"sets": {"/0/contents/labels": {"SERVICES": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/SERVICES"], "warn": []},
	"the key bundles in capitals": {"sets": {"/0/contents/labels": {"BUNDLES": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/BUNDLES"], "warn": []},
	"the key bundle in capitals": {"sets": {"/0/contents/labels": {"BUNDLE": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/BUNDLE"], "warn": []},
	"the key keys in capitals": {"sets": {"/0/contents/labels": {"KEYS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/KEYS"], "warn": []},
	"the key decision_logs in capitals": {"sets": {"/0/contents/labels": {"DECISION_LOGS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/DECISION_LOGS"], "warn": []},
	"the key discovery in capitals": {"sets": {"/0/contents/labels": {"DISCOVERY": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/DISCOVERY"], "warn": []},
	"the key name in capitals": {"sets": {"/0/contents/labels": {"NAME": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/NAME"], "warn": []},
	"the key url in capitals": {"sets": {"/0/contents/labels": {"URL": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/URL"], "warn": []},
	"the key allow_insecure_tls in capitals": {"sets": {"/0/contents/labels": {"ALLOW_INSECURE_TLS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/ALLOW_INSECURE_TLS"], "warn": []},
	"the key credentials in capitals": {"sets": {"/0/contents/labels": {"CREDENTIALS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/CREDENTIALS"], "warn": []},
	"the key service in capitals": {"sets": {"/0/contents/labels": {"SERVICE": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/SERVICE"], "warn": []},
	"the key resource in capitals": {"sets": {"/0/contents/labels": {"RESOURCE": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/RESOURCE"], "warn": []},
	"the key signing in capitals": {"sets": {"/0/contents/labels": {"SIGNING": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/SIGNING"], "warn": []},
	"the key keyid in capitals": {"sets": {"/0/contents/labels": {"KEYID": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/KEYID"], "warn": []},
	"the key exclude_files in capitals": {"sets": {"/0/contents/labels": {"EXCLUDE_FILES": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/EXCLUDE_FILES"], "warn": []},
	"the key polling in capitals": {"sets": {"/0/contents/labels": {"POLLING": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/POLLING"], "warn": []},
	"the key min_delay_seconds in capitals": {"sets": {"/0/contents/labels": {"MIN_DELAY_SECONDS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/MIN_DELAY_SECONDS"], "warn": []},
	"the key max_delay_seconds in capitals": {"sets": {"/0/contents/labels": {"MAX_DELAY_SECONDS": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/MAX_DELAY_SECONDS"], "warn": []},
	"the key trigger in capitals": {"sets": {"/0/contents/labels": {"TRIGGER": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/TRIGGER"], "warn": []},
	"the key console in capitals": {"sets": {"/0/contents/labels": {"CONSOLE": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/CONSOLE"], "warn": []},
	"the key plugin in capitals": {"sets": {"/0/contents/labels": {"PLUGIN": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/PLUGIN"], "warn": []},
	"the key drop_decision in capitals": {"sets": {"/0/contents/labels": {"DROP_DECISION": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/DROP_DECISION"], "warn": []},
	"the key algorithm in capitals": {"sets": {"/0/contents/labels": {"ALGORITHM": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/ALGORITHM"], "warn": []},
	"the key private_key in capitals": {"sets": {"/0/contents/labels": {"PRIVATE_KEY": "x"}}, "removed": [], "deny": ["key-spelling opa.yaml#/labels/PRIVATE_KEY", "secret-literal opa.yaml#/labels/PRIVATE_KEY"], "warn": []},
	"a configuration that calls itself a kind": {"sets": {"/0/contents/kind": "x", "/0/contents/bundles": {}}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"services in a list, one with an empty name": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"name": "", "url": "https://a.example.com"}]}, "removed": [], "deny": ["services opa.yaml#/services/2"], "warn": []},
	"a service without a name but with one in it": {"sets": {"/0/contents/services/": {"name": "a", "url": "https://a.example.com"}}, "removed": [], "deny": ["services opa.yaml#/services/"], "warn": []},
	"a token that looks like a path": {"sets": {"/0/contents/services/logs/credentials": {"bearer": {"token": "/run/token"}}}, "removed": [], "deny": ["secret-literal opa.yaml#/services/logs/credentials/bearer/token"], "warn": []},
	"a bundle of the service without a name": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"url": "https://a.example.com"}], "/0/contents/bundles/authz/service": null}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service", "services opa.yaml#/services/2"], "warn": []},
	"logs to the service without a name": {"sets": {"/0/contents/services": [{"name": "policies", "url": "https://policies.example.com"}, {"name": "logs", "url": "https://logs.example.com"}, {"url": "https://a.example.com"}], "/0/contents/decision_logs/service": null}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs", "services opa.yaml#/services/2"], "warn": []},
}

cases_of_bundles := {
	"the bundles {}": {"sets": {"/0/contents/bundles": {}}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"the bundles []": {"sets": {"/0/contents/bundles": []}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"the bundles null": {"sets": {"/0/contents/bundles": null}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"the bundles \"x\"": {"sets": {"/0/contents/bundles": "x"}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"the bundles [{\"service\": \"polici": {"sets": {"/0/contents/bundles": [{"service": "policies", "resource": "bundles/agentweave-authz.tar.gz", "persist": true, "polling": {"min_delay_seconds": 30, "max_delay_seconds": 60}, "signing": {"keyid": "release"}}]}, "removed": [], "deny": ["bundles opa.yaml#/bundles"], "warn": []},
	"the old section": {"sets": {"/0/contents/bundle": {"name": "authz", "service": "policies"}}, "removed": [], "deny": ["bundles opa.yaml#/bundle"], "warn": []},
	"a bundle of the service \"other\"": {"sets": {"/0/contents/bundles/authz/service": "other"}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"a bundle of the service \"\"": {"sets": {"/0/contents/bundles/authz/service": ""}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"a bundle of the service null": {"sets": {"/0/contents/bundles/authz/service": null}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"a bundle of the service [\"policies\"]": {"sets": {"/0/contents/bundles/authz/service": ["policies"]}, "removed": [], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"a bundle that is a file": {"sets": {"/0/contents/bundles/authz/resource": "file:///policies/bundle.tar.gz"}, "removed": ["/0/contents/bundles/authz/service"], "deny": [], "warn": []},
	"a bundle that is a file of a relative path": {"sets": {"/0/contents/bundles/authz/resource": "file://policies/bundle.tar.gz"}, "removed": ["/0/contents/bundles/authz/service"], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"a bundle of no service and resource": {"sets": {}, "removed": ["/0/contents/bundles/authz/service", "/0/contents/bundles/authz/resource"], "deny": ["bundle-service opa.yaml#/bundles/authz/service"], "warn": []},
	"the signing {}": {"sets": {"/0/contents/bundles/authz/signing": {}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing null": {"sets": {"/0/contents/bundles/authz/signing": null}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing \"release\"": {"sets": {"/0/contents/bundles/authz/signing": "release"}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing [\"release\"]": {"sets": {"/0/contents/bundles/authz/signing": ["release"]}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing {\"keyid\": \"\"}": {"sets": {"/0/contents/bundles/authz/signing": {"keyid": ""}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing {\"keyid\": null}": {"sets": {"/0/contents/bundles/authz/signing": {"keyid": null}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing {\"keyid\": 5}": {"sets": {"/0/contents/bundles/authz/signing": {"keyid": 5}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing {\"key_id\": \"release\"}": {"sets": {"/0/contents/bundles/authz/signing": {"key_id": "release"}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"the signing {\"scope\": \"write\"}": {"sets": {"/0/contents/bundles/authz/signing": {"scope": "write"}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"no signing": {"sets": {}, "removed": ["/0/contents/bundles/authz/signing"], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/keyid"], "warn": []},
	"a signature without [\"*\"]": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": ["*"]}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/exclude_files"], "warn": []},
	"a signature without [\"data.json\"]": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": ["data.json"]}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/exclude_files"], "warn": []},
	"a signature without \"*\"": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": "*"}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/exclude_files"], "warn": []},
	"a signature without {}": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": {}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/authz/signing/exclude_files"], "warn": []},
	"a signature of all": {"sets": {"/0/contents/bundles/authz/signing/exclude_files": []}, "removed": [], "deny": [], "warn": []},
	"a second bundle that nobody signed": {"sets": {"/0/contents/bundles/more": {"service": "policies", "resource": "more.tar.gz", "polling": {"min_delay_seconds": 30, "max_delay_seconds": 60}}}, "removed": [], "deny": ["bundle-signing opa.yaml#/bundles/more/signing/keyid"], "warn": []},
	"a bundle that is nothing": {"sets": {"/0/contents/bundles/more": null}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/more/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/more/polling/min_delay_seconds", "bundle-service opa.yaml#/bundles/more/service", "bundle-signing opa.yaml#/bundles/more/signing/keyid"], "warn": []},
	"a discovery that is signed": {"sets": {"/0/contents/discovery": {"service": "policies", "resource": "discovery.tar.gz", "signing": {"keyid": "release"}, "polling": {"min_delay_seconds": 30, "max_delay_seconds": 60}}}, "removed": [], "deny": [], "warn": []},
	"a discovery that nobody signed": {"sets": {"/0/contents/discovery": {"service": "policies", "resource": "discovery.tar.gz", "signing": null, "polling": {"min_delay_seconds": 30, "max_delay_seconds": 60}}}, "removed": [], "deny": ["bundle-signing opa.yaml#/discovery/signing/keyid"], "warn": []},
	"the polling {}": {"sets": {"/0/contents/bundles/authz/polling": {}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling null": {"sets": {"/0/contents/bundles/authz/polling": null}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling \"30\"": {"sets": {"/0/contents/bundles/authz/polling": "30"}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": 10, \"max_delay_seconds\": 60}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 10, "max_delay_seconds": 60}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": 30, \"max_delay_seconds\": 120}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 30, "max_delay_seconds": 120}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": 60, \"max_delay_seconds\": 30}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 60, "max_delay_seconds": 30}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": \"30\", \"max_delay_seconds\": 60}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": "30", "max_delay_seconds": 60}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": 30}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 30}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/max_delay_seconds", "bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"max_delay_seconds\": 60}": {"sets": {"/0/contents/bundles/authz/polling": {"max_delay_seconds": 60}}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/polling/min_delay_seconds"], "warn": []},
	"the polling {\"min_delay_seconds\": 45, \"max_delay_seconds\": 45}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 45, "max_delay_seconds": 45}}, "removed": [], "deny": [], "warn": []},
	"the polling {\"min_delay_seconds\": 30, \"max_delay_seconds\": 60, \"long_polling_timeout_seconds\": 10}": {"sets": {"/0/contents/bundles/authz/polling": {"min_delay_seconds": 30, "max_delay_seconds": 60, "long_polling_timeout_seconds": 10}}, "removed": [], "deny": [], "warn": []},
	"the trigger \"manual\"": {"sets": {"/0/contents/bundles/authz/trigger": "manual"}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/trigger"], "warn": []},
	"the trigger \"\"": {"sets": {"/0/contents/bundles/authz/trigger": ""}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/trigger"], "warn": []},
	"the trigger null": {"sets": {"/0/contents/bundles/authz/trigger": null}, "removed": [], "deny": ["bundle-polling opa.yaml#/bundles/authz/trigger"], "warn": []},
	"the trigger periodic": {"sets": {"/0/contents/bundles/authz/trigger": "periodic"}, "removed": [], "deny": [], "warn": []},
	"the key {\"key\": \"x\"}": {"sets": {"/0/contents/keys/release": {"key": "x"}}, "removed": [], "deny": [], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": \"EdDSA\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": "EdDSA"}}, "removed": [], "deny": [], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": \"RS512\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": "RS512"}}, "removed": [], "deny": [], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": \"HS256\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": "HS256"}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": \"none\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": "none"}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key {\"key\": \"x\", \"algorithm\": null}": {"sets": {"/0/contents/keys/release": {"key": "x", "algorithm": null}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key {\"algorithm\": \"ES256\"}": {"sets": {"/0/contents/keys/release": {"algorithm": "ES256"}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key {\"key\": \"\"}": {"sets": {"/0/contents/keys/release": {"key": ""}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key {\"key\": \"x\", \"private_key\": \"y\"}": {"sets": {"/0/contents/keys/release": {"key": "x", "private_key": "y"}}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key null": {"sets": {"/0/contents/keys/release": null}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"the key \"x\"": {"sets": {"/0/contents/keys/release": "x"}, "removed": [], "deny": ["bundle-key opa.yaml#/keys/release"], "warn": []},
	"keys from the command line": {"sets": {}, "removed": ["/0/contents/keys"], "deny": [], "warn": []},
}

cases_of_logs_and_flags := {
	"the decision logs {}": {"sets": {"/0/contents/decision_logs": {}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs null": {"sets": {"/0/contents/decision_logs": null}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs true": {"sets": {"/0/contents/decision_logs": true}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"service\": \"other\"}": {"sets": {"/0/contents/decision_logs": {"service": "other"}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"service\": \"\"}": {"sets": {"/0/contents/decision_logs": {"service": ""}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"console\": \"true\"}": {"sets": {"/0/contents/decision_logs": {"console": "true"}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"console\": false}": {"sets": {"/0/contents/decision_logs": {"console": false}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"plugin\": \"\"}": {"sets": {"/0/contents/decision_logs": {"plugin": ""}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"service\": [\"logs\"]}": {"sets": {"/0/contents/decision_logs": {"service": ["logs"]}}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"the decision logs {\"console\": true}": {"sets": {"/0/contents/decision_logs": {"console": true}}, "removed": [], "deny": [], "warn": []},
	"the decision logs {\"plugin\": \"kafka\"}": {"sets": {"/0/contents/decision_logs": {"plugin": "kafka"}}, "removed": [], "deny": [], "warn": []},
	"the decision logs [{\"service\": \"logs\"}]": {"sets": {"/0/contents/decision_logs": [{"service": "logs"}]}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"no decision logs": {"sets": {}, "removed": ["/0/contents/decision_logs"], "deny": ["decision-logs opa.yaml#/decision_logs"], "warn": []},
	"decisions dropped by \"/system/log/drop\"": {"sets": {"/0/contents/decision_logs/drop_decision": "/system/log/drop"}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs/drop_decision"], "warn": []},
	"decisions dropped by null": {"sets": {"/0/contents/decision_logs/drop_decision": null}, "removed": [], "deny": ["decision-logs opa.yaml#/decision_logs/drop_decision"], "warn": []},
	"flags in two words": {"sets": {"/1/contents/spec/containers/0/args": ["run", "-s", "-a", "localhost:8181", "--authentication", "token", "--authorization", "basic"]}, "removed": [], "deny": [], "warn": []},
	"no authentication": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authorization=basic"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"authentication off": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=off", "--authorization=basic"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"authentication by TLS": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=tls", "--authorization=basic"]}, "removed": [], "deny": [], "warn": []},
	"authentication twice": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--authentication=off"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"authentication without a value": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authorization=basic", "--authentication"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"authentication in another case": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--Authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0"], "warn": []},
	"no authorization": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token"]}, "removed": [], "deny": ["authorization agent.yaml#/spec/containers/0"], "warn": []},
	"authorization off": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=off"]}, "removed": [], "deny": ["authorization agent.yaml#/spec/containers/0"], "warn": []},
	"authorization on and off": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--authorization", "off"]}, "removed": [], "deny": ["authorization agent.yaml#/spec/containers/0"], "warn": []},
	"the address \"127.0.0.1:8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=127.0.0.1:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": [], "warn": []},
	"the address \"[::1]:8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=[::1]:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": [], "warn": []},
	"the address \"unix:///run/opa.sock\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=unix:///run/opa.sock", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": [], "warn": []},
	"the address \"http://localhost:8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=http://localhost:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": [], "warn": []},
	"the address \":8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"the address \"0.0.0.0:8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=0.0.0.0:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"the address \"localhost.example.com:8181\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost.example.com:8181", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"the address \"\"": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"no address": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--authentication=token", "--authorization=basic"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"an address more": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--addr", "0.0.0.0:8181"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"an address more, in short": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "-a", "0.0.0.0:8181"]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"an address with a certificate": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=0.0.0.0:8181", "--authentication=token", "--authorization=basic", "--tls-cert-file=/c", "--tls-private-key-file", "/k"]}, "removed": [], "deny": [], "warn": []},
	"an address with half of one": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=0.0.0.0:8181", "--authentication=token", "--authorization=basic", "--tls-cert-file=/c", "--tls-private-key-file="]}, "removed": [], "deny": ["listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --skip-verify": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--skip-verify"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --skip-verify=true": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--skip-verify=true"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --set=bundles.authz.signing=null": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--set=bundles.authz.signing=null"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --set services.policies.url=http://x": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--set", "services.policies.url=http://x"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"the flag --set-file=decision_logs=/x": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--set-file=decision_logs=/x"]}, "removed": [], "deny": ["run-flags agent.yaml#/spec/containers/0"], "warn": []},
	"other settings": {"sets": {"/1/contents/spec/containers/0/args": ["run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic", "--set-file=keys.release.key=/etc/opa/release.pem", "--set", "labels.app=x"]}, "removed": [], "deny": [], "warn": []},
	"no arguments": {"sets": {"/1/contents/spec/containers/0/args": []}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"arguments of another type": {"sets": {"/1/contents/spec/containers/0/args": {"run": true}}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"arguments that are numbers": {"sets": {"/1/contents/spec/containers/0/args": [1, null]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"arguments in a line": {"sets": {"/1/contents/spec/containers/0/args": "run --server --addr=localhost:8181 --authentication=token --authorization=basic"}, "removed": [], "deny": [], "warn": []},
	"a command in place of arguments": {"sets": {"/1/contents/spec/containers/0/command": ["opa", "run", "--server", "--addr=localhost:8181", "--authentication=token", "--authorization=basic"]}, "removed": ["/1/contents/spec/containers/0/args"], "deny": [], "warn": []},
	"an image of another name that runs OPA": {"sets": {"/1/contents/spec/containers/0/image": "registry.example.com/policy:1", "/1/contents/spec/containers/0/args": ["run", "--server"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"an image of OPA for Envoy": {"sets": {"/1/contents/spec/containers/0/image": "openpolicyagent/opa:latest-envoy", "/1/contents/spec/containers/0/args": ["run", "--server"]}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"an image by digest": {"sets": {"/1/contents/spec/containers/0/image": "mirror.example.com/opa@sha256:ab", "/1/contents/spec/containers/0/args": []}, "removed": [], "deny": ["authentication agent.yaml#/spec/containers/0", "authorization agent.yaml#/spec/containers/0", "listen-address agent.yaml#/spec/containers/0"], "warn": []},
	"another program that runs": {"sets": {"/1/contents/spec/containers/-": {"name": "x", "image": "x", "args": ["run", "job"]}}, "removed": [], "deny": [], "warn": []},
	"another program with the flag of a server": {"sets": {"/1/contents/spec/containers/-": {"name": "x", "image": "x", "args": ["build", "-s"]}}, "removed": [], "deny": [], "warn": []},
	"a configuration in another kind than a config map": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "Template", "metadata": {"name": "x"}, "data": {"a": "services: {}"}}}, "removed": [], "deny": [], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
	"a file of Compose": {"sets": {"/1/contents": {"services": {"opa": {"image": "openpolicyagent/opa:1.22.2", "command": ["run", "--server", "--addr=:8181"]}}}}, "removed": [], "deny": ["authentication agent.yaml#/services/opa", "authorization agent.yaml#/services/opa", "listen-address agent.yaml#/services/opa"], "warn": []},
	"a manifest that runs something else": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, "removed": [], "deny": [], "warn": ["run-unseen opa.yaml#"]},
	"a manifest of no kind": {"sets": {"/1/contents": {"apiVersion": "v1", "kind": 5}}, "removed": [], "deny": ["bundles agent.yaml#/bundles", "decision-logs agent.yaml#/decision_logs", "services agent.yaml#/services"], "warn": ["run-unseen agent.yaml#", "run-unseen opa.yaml#"]},
	"no manifest": {"sets": {}, "removed": ["/1"], "deny": [], "warn": ["run-unseen opa.yaml#"]},
	"no configuration": {"sets": {}, "removed": ["/0"], "deny": [], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
	"a configuration that is nothing": {"sets": {"/0/contents": null}, "removed": [], "deny": ["opa-unreadable opa.yaml#"], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
	"only another manifest": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}}, "removed": ["/1"], "deny": ["opa-missing opa.yaml#"], "warn": []},
	"a configuration in a config map": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opa"}, "data": {"config.yaml": "bundles:\n  authz:\n    persist: true\n    polling:\n      max_delay_seconds: 60\n      min_delay_seconds: 30\n    resource: bundles/agentweave-authz.tar.gz\n    service: policies\n    signing:\n      keyid: release\ndecision_logs:\n  service: logs\nkeys:\n  release:\n    algorithm: ES256\n    key: '-----BEGIN PUBLIC KEY-----\n\n      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n\n      -----END PUBLIC KEY-----\n\n      '\nservices:\n  logs:\n    url: https://logs.example.com\n  policies:\n    credentials:\n      bearer:\n        token: ${BUNDLE_TOKEN}\n    url: https://policies.example.com\n", "note": "x", "broken": "a: [", "list": "[1]"}}}, "removed": [], "deny": [], "warn": []},
	"a worse one in a config map": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opa"}, "data": {"config.yaml": "bundles:\n  authz:\n    persist: true\n    polling:\n      max_delay_seconds: 60\n      min_delay_seconds: 30\n    resource: bundles/agentweave-authz.tar.gz\n    service: policies\ndecision_logs:\n  service: logs\nkeys:\n  release:\n    algorithm: ES256\n    key: '-----BEGIN PUBLIC KEY-----\n\n      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n\n      -----END PUBLIC KEY-----\n\n      '\nservices:\n  logs:\n    url: https://logs.example.com\n  policies:\n    credentials:\n      bearer:\n        token: ${BUNDLE_TOKEN}\n    url: https://policies.example.com\n"}}}, "removed": [], "deny": ["bundle-signing opa.yaml#/data/config.yaml/bundles/authz/signing/keyid"], "warn": []},
	"a worse one in a config map of a list": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opa"}, "data": {"config.yaml": "bundles:\n  authz:\n    persist: true\n    polling:\n      max_delay_seconds: 60\n      min_delay_seconds: 30\n    resource: bundles/agentweave-authz.tar.gz\n    service: policies\ndecision_logs:\n  service: logs\nkeys:\n  release:\n    algorithm: ES256\n    key: '-----BEGIN PUBLIC KEY-----\n\n      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n\n      -----END PUBLIC KEY-----\n\n      '\nservices:\n  logs:\n    url: https://logs.example.com\n  policies:\n    credentials:\n      bearer:\n        token: ${BUNDLE_TOKEN}\n    url: https://policies.example.com\n"}}]}}, "removed": [], "deny": ["bundle-signing opa.yaml#/items/0/data/config.yaml/bundles/authz/signing/keyid"], "warn": []},
	"one in JSON and capitals in a config map": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opa"}, "data": {"c": "{\"services\": {\"policies\": {\"url\": \"https://policies.example.com\", \"credentials\": {\"bearer\": {\"token\": \"${BUNDLE_TOKEN}\"}}}, \"logs\": {\"url\": \"https://logs.example.com\"}}, \"keys\": {\"release\": {\"algorithm\": \"ES256\", \"key\": \"-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\\n-----END PUBLIC KEY-----\\n\"}}, \"decision_logs\": {\"service\": \"logs\"}, \"Bundles\": {\"authz\": {\"service\": \"policies\", \"resource\": \"bundles/agentweave-authz.tar.gz\", \"persist\": true, \"polling\": {\"min_delay_seconds\": 30, \"max_delay_seconds\": 60}, \"signing\": {\"keyid\": \"release\"}}}}"}}}, "removed": [], "deny": ["bundles opa.yaml#/data/c/bundles", "key-spelling opa.yaml#/data/c/Bundles"], "warn": []},
	"a config map of another thing": {"sets": {"/0/contents": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "opa"}, "data": {"a.yaml": "level: info", "b": 5}}}, "removed": [], "deny": [], "warn": ["config-unseen agent.yaml#/spec/containers/0"]},
}

all_cases := [cases_of_services, cases_of_bundles, cases_of_logs_and_flags]
