# METADATA
# title: Tests of the gateway of an API
# description: Every test brings its own documents, so the results do not depend on the data that was loaded.
package gateway.authz_test

import data.gateway.authz

secret := "a-secret-of-the-tests-that-is-long-enough"

documents := {
	"issuer": "https://login.test",
	"audience": "https://api.test",
	"keys": [{"kid": "k1", "secret": secret}],
	"routes": [
		{"methods": ["GET"], "path": "/orders/*", "scopes": ["orders.read"], "level": 1, "tenant_bound": false},
		{"methods": ["POST"], "path": "/orders/*/refund", "scopes": ["orders.write", "payments.refund"], "level": 3, "tenant_bound": false},
		{"methods": ["GET"], "path": "/tenants/*/reports", "scopes": ["reports.read"], "level": 1, "tenant_bound": true},
		{"methods": ["GET"], "path": "/internal/metrics", "scopes": ["orders.read"], "level": 1, "tenant_bound": false},
	],
	"internal": ["/internal/"],
	"plans": {"basic": 60},
	"revoked": ["t-666", "mallory"],
}

payload := {
	"iss": "https://login.test",
	"aud": "https://api.test",
	"exp": 2000,
	"nbf": 500,
	"jti": "t-1",
	"sub": "alice",
	"tenant": "acme",
	"scope": "orders.read reports.read",
	"level": 1,
	"plan": "basic",
}

signed(changed, key) := io.jwt.encode_sign(
	{"alg": "HS256", "typ": "JWT", "kid": "k1"},
	object.union(payload, changed),
	{"kty": "oct", "k": base64url.encode_no_pad(key)},
)

request(method, path, changed) := {
	"method": method,
	"path": path,
	"token": signed(changed, secret),
	"time_ns": 1000000000000,
	"calls": 5,
}

order(changed) := request("GET", "/orders/17", changed)

judge(asked) := answer if {
	answer := authz.allow with input as asked
		with data.gateway.issuer as documents.issuer
		with data.gateway.audience as documents.audience
		with data.gateway.keys as documents.keys
		with data.gateway.routes as documents.routes
		with data.gateway.internal as documents.internal
		with data.gateway.plans as documents.plans
		with data.gateway.revoked as documents.revoked
}

allowed(asked) if judge(asked) == true

denied(asked) if judge(asked) == false

test_a_token_with_the_scope_passes if allowed(order({}))

test_a_token_without_the_scope_does_not_pass if denied(order({"scope": "reports.read"}))

test_a_route_wants_all_its_scopes if {
	able := {"scope": "orders.write payments.refund", "level": 3}
	allowed(request("POST", "/orders/17/refund", able))
	denied(request("POST", "/orders/17/refund", object.union(able, {"scope": "orders.write"})))
}

test_a_route_wants_its_level if {
	denied(request("POST", "/orders/17/refund", {"scope": "orders.write payments.refund", "level": 2}))
}

test_another_method_does_not_pass if denied(request("DELETE", "/orders/17", {}))

test_an_unknown_path_does_not_pass if denied(request("GET", "/customers/17", {}))

test_a_star_is_one_segment if denied(request("GET", "/orders/17/lines", {}))

test_an_expired_token_does_not_pass if denied(order({"exp": 900}))

test_a_token_of_the_future_does_not_pass if denied(order({"nbf": 1500}))

test_a_token_of_another_issuer_does_not_pass if denied(order({"iss": "https://login.example"}))

test_a_token_for_another_audience_does_not_pass if denied(order({"aud": "https://shop.test"}))

test_a_token_with_another_signature_does_not_pass if {
	denied(object.union(order({}), {"token": signed({}, "a-secret-that-somebody-else-made-up-today")}))
}

test_tenants_see_their_own_reports if {
	allowed(request("GET", "/tenants/acme/reports", {}))
	denied(request("GET", "/tenants/bolt/reports", {}))
}

test_internal_paths_do_not_pass if denied(request("GET", "/internal/metrics", {}))

test_revoked_tokens_and_subjects_do_not_pass if {
	denied(order({"jti": "t-666"}))
	denied(order({"sub": "mallory"}))
}

test_a_plan_has_so_many_calls if {
	allowed(object.union(order({}), {"calls": 59}))
	denied(object.union(order({}), {"calls": 60}))
}

test_an_unknown_plan_has_no_calls if denied(order({"plan": "gold"}))
