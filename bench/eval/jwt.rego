package jwt

default allow := false

allow if {
	[valid, _, payload] := io.jwt.decode_verify(input.token, {"secret": data.secret, "iss": "issuer.example", "aud": "portcullis"})
	valid
	"reader" in payload.roles
}
