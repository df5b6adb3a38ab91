//! Digests, certificates and keys.

pub(super) mod base64;
mod certificate;
mod certificate_value;
mod chain;
mod constraints;
pub(crate) mod der;
mod digests;
mod extensions;
mod mailbox;
mod name;
pub(crate) mod pem;
pub(crate) mod private_key;
pub(crate) mod public_key;
mod request;
pub(super) mod shape;
pub(crate) mod signature;
mod signature_algorithm;
mod time;
pub(super) mod x509;

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, String, Tuple};
use super::{Signature, named};

pub(crate) use self::certificate::public_key_of;
pub use self::x509::certificates_as_value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "crypto.hmac.equal",
        "Whether two authentication codes are equal, in a time that does not tell where they differ.",
    )
    .takes(&[named("mac1", String), named("mac2", String)])
    .returns(named("result", Boolean))
    .does(digests::hmac_equal),
    Signature::new("crypto.hmac.md5", "The keyed MD5 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String))
        .does(digests::hmac_md5),
    Signature::new("crypto.hmac.sha1", "The keyed SHA-1 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String))
        .does(digests::hmac_sha1),
    Signature::new("crypto.hmac.sha256", "The keyed SHA-256 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String))
        .does(digests::hmac_sha256),
    Signature::new("crypto.hmac.sha512", "The keyed SHA-512 digest of a string, in hexadecimal.")
        .takes(&[named("x", String), named("key", String)])
        .returns(named("y", String))
        .does(digests::hmac_sha512),
    Signature::new("crypto.md5", "The MD5 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .does(digests::md5),
    Signature::new("crypto.parse_private_keys", "The private keys in a PEM or base64 text, as objects.")
        .takes(&[named("keys", String)])
        .returns(named("output", ArrayOf(&ObjectOf(&String, &Any))))
        .does(x509::parse_private_keys),
    Signature::new("crypto.sha1", "The SHA-1 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .does(digests::sha1),
    Signature::new("crypto.sha256", "The SHA-256 digest of a string, in hexadecimal.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .does(digests::sha256),
    Signature::new(
        "crypto.x509.parse_and_verify_certificates",
        "Whether a chain of certificates verifies, from the root first to the leaf last; and the chain.",
    )
    .takes(&[named("certs", String)])
    .returns(named("output", Tuple(&[Boolean, ArrayOf(&ObjectOf(&String, &Any))])))
    .does(x509::parse_and_verify_certificates),
    Signature::new(
        "crypto.x509.parse_and_verify_certificates_with_options",
        "The same verification for a given DNS name, time and key usages.",
    )
    .takes(&[named("certs", String), named("options", ObjectOf(&String, &Any))])
    .returns(named("output", Tuple(&[Boolean, ArrayOf(&ObjectOf(&String, &Any))])))
    .does(x509::parse_and_verify_certificates_with_options),
    Signature::new("crypto.x509.parse_certificate_request", "The fields of a PKCS #10 signing request.")
        .takes(&[named("csr", String)])
        .returns(named("output", ObjectOf(&String, &Any)))
        .does(x509::parse_certificate_request),
    Signature::new("crypto.x509.parse_certificates", "The certificates in a PEM or base64 text, as objects.")
        .takes(&[named("certs", String)])
        .returns(named("output", ArrayOf(&ObjectOf(&String, &Any))))
        .does(x509::parse_certificates),
    Signature::new("crypto.x509.parse_keypair", "A certificate and the private key that belongs to it.")
        .takes(&[named("cert", String), named("pem", String)])
        .returns(named("output", ObjectOf(&String, &Any)))
        .does(x509::parse_keypair),
    Signature::new("crypto.x509.parse_rsa_private_key", "The JSON Web Key of an RSA private key in PEM.")
        .takes(&[named("pem", String)])
        .returns(named("output", ObjectOf(&String, &Any)))
        .does(x509::parse_rsa_private_key),
];
