//! Digests, certificates and keys.

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, String, Tuple};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "crypto.hmac.equal",
        "Whether two authentication codes are equal, in a time that does not tell where they differ.",
    )
    .takes(&[named("mac1", String), named("mac2", String)])
    .returns(named("result", Boolean)),
    Signature::new("crypto.hmac.md5", "The keyed MD5 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String)),
    Signature::new("crypto.hmac.sha1", "The keyed SHA-1 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String)),
    Signature::new("crypto.hmac.sha256", "The keyed SHA-256 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String)),
    Signature::new("crypto.hmac.sha512", "The keyed SHA-512 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String)),
    Signature::new("crypto.md5", "The MD5 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String)),
    Signature::new("crypto.parse_private_keys", "The private keys in a PEM or base64 text, as objects.")
        .takes(&[named("keys", String)])
        .returns(named("output", ArrayOf(&ObjectOf(&String, &Any)))),
    Signature::new("crypto.sha1", "The SHA-1 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String)),
    Signature::new("crypto.sha256", "The SHA-256 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String)),
    Signature::new(
        "crypto.x509.parse_and_verify_certificates",
        "Whether a chain of certificates verifies, from the root first to the leaf last; and the chain.",
    )
    .takes(&[named("certs", String)])
    .returns(named("output", Tuple(&[Boolean, ArrayOf(&ObjectOf(&String, &Any))]))),
    Signature::new(
        "crypto.x509.parse_and_verify_certificates_with_options",
        "The same verification for a given DNS name, time and key usages.",
    )
    .takes(&[named("certs", String), named("options", ObjectOf(&String, &Any))])
    .returns(named("output", Tuple(&[Boolean, ArrayOf(&ObjectOf(&String, &Any))]))),
    Signature::new("crypto.x509.parse_certificate_request", "The fields of a PKCS #10 signing request.")
        .takes(&[named("csr", String)])
        .returns(named("output", ObjectOf(&String, &Any))),
    Signature::new("crypto.x509.parse_certificates", "The certificates in a PEM or base64 text, as objects.")
        .takes(&[named("certs", String)])
        .returns(named("output", ArrayOf(&ObjectOf(&String, &Any)))),
    Signature::new("crypto.x509.parse_keypair", "A certificate and the private key that belongs to it.")
        .takes(&[named("cert", String), named("pem", String)])
        .returns(named("output", ObjectOf(&String, &Any))),
    Signature::new("crypto.x509.parse_rsa_private_key", "The JSON Web Key of an RSA private key in PEM.")
        .takes(&[named("pem", String)])
        .returns(named("output", ObjectOf(&String, &Any))),
];
