package app

# METADATA
# entrypoint: true
default allow := false

allow if contains(claims.scope, "orders.read")

claims := payload if {
	[valid, _, payload] := io.jwt.decode_verify(input.token, {"secret": data.app.secret, "alg": "HS256"})
	valid
}

secret := "a-secret-for-tests-only"

token(scope) := io.jwt.encode_sign(
	{"alg": "HS256"},
	{"scope": scope},
	{"kty": "oct", "k": base64url.encode_no_pad(secret)},
)

test_readers if allow with input as {"token": token("orders.read")} with data.app.secret as secret

test_not_writers if not allow with input as {"token": token("orders.write")} with data.app.secret as secret
