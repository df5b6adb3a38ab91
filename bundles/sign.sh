#!/bin/sh
# Makes the signed archives in good/ and bad/ again: sh bundles/sign.sh PORTCULLIS. Signatures of PS and ES are other ones each time.
set -eu
portcullis=$1
here=$(dirname "$0")
keys=$here/../engine/testcases/keys

sign() { # ALGORITHM KEY ARCHIVE
	"$portcullis" sign --bundle "$here/good/plain.tar.gz" --signing-key "$2" --signing-alg "$1" --key-id test -o "$3"
}
for size in 256 384 512; do
	sign "RS$size" "$keys/rsa-pkcs8.pem" "$here/good/signed-rs$size.tar.gz"
	sign "PS$size" "$keys/rsa-pkcs8.pem" "$here/good/signed-ps$size.tar.gz"
	sign "HS$size" "$keys/hmac.secret" "$here/good/signed-hs$size.tar.gz"
done
sign ES256 "$keys/p256-pkcs8.pem" "$here/good/signed-es256.tar.gz"
sign ES384 "$keys/p384-sec1.pem" "$here/good/signed-es384.tar.gz"
sign ES512 "$keys/p521-sec1.pem" "$here/good/signed-es512.tar.gz"
sign EdDSA "$keys/ed25519.pem" "$here/good/signed-eddsa.tar.gz"
python3 "$here/tamper.py" "$keys/rsa-public.pem"
