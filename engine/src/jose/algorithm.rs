//! The signature algorithms of JSON Web Signatures (RFC 7518).

use aws_lc_rs::{constant_time, hmac as aws_hmac};

use crate::builtins::crypto::public_key::PublicKey;
use crate::builtins::crypto::signature::{self, Hash, Salt};

/// The algorithms that OPA knows. There is no `none` among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC.
    Hs(Hash),
    /// RSASSA-PKCS1-v1_5.
    Rs(Hash),
    /// RSASSA-PSS.
    Ps(Hash),
    /// ECDSA.
    Es(Hash),
    /// Ed25519.
    EdDsa,
}

/// How exactly a signature has to keep to RFC 7518.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As `io.jwt.verify_ps256` and its like have it: a salt of any length, and two halves of any length.
    Loose,
    /// As `io.jwt.decode_verify` has it.
    Exact,
}

impl Algorithm {
    /// The algorithm of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let family = |name: &str| {
            let hash = match name.get(2..)? {
                "256" => Hash::Sha256,
                "384" => Hash::Sha384,
                "512" => Hash::Sha512,
                _ => return None,
            };
            match name.get(..2)? {
                "HS" => Some(Self::Hs(hash)),
                "RS" => Some(Self::Rs(hash)),
                "PS" => Some(Self::Ps(hash)),
                "ES" => Some(Self::Es(hash)),
                _ => None,
            }
        };
        if name == "EdDSA" { Some(Self::EdDsa) } else { family(name) }
    }

    /// Whether `signature` is one of `message` by the owner of `key`. A key of another kind verifies nothing.
    pub(crate) fn verify(self, key: &PublicKey, form: Form, message: &[u8], signature: &[u8]) -> bool {
        match (self, key) {
            (Self::Rs(hash), PublicKey::Rsa(key)) => signature::rsa_pkcs1(key, hash, message, signature),
            (Self::Ps(hash), PublicKey::Rsa(key)) => {
                let salt = match form {
                    Form::Loose => Salt::Any,
                    Form::Exact => Salt::AsDigest,
                };
                signature::rsa_pss(key, hash, salt, message, signature)
            }
            (Self::Es(hash), PublicKey::Ec { curve, point }) => {
                let right_length = match form {
                    Form::Loose => true,
                    Form::Exact => signature.len() == 2 * curve.size(),
                };
                right_length
                    && signature::ecdsa_sequence(signature)
                        .is_some_and(|sequence| signature::ecdsa(*curve, point, hash, message, &sequence))
            }
            (Self::EdDsa, PublicKey::Ed25519(key)) => signature::ed25519(key, message, signature),
            (Self::Hs(_) | Self::Rs(_) | Self::Ps(_) | Self::Es(_) | Self::EdDsa, _) => false,
        }
    }
}

/// Whether `code` is the authentication code of `message`; it takes the same time wherever they differ.
pub(crate) fn verify_code(hash: Hash, secret: &[u8], message: &[u8], code: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(&authentication_code(hash, secret, message), code).is_ok()
}

/// The authentication code of `message`.
pub(crate) fn authentication_code(hash: Hash, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let algorithm = match hash {
        Hash::Sha256 => aws_hmac::HMAC_SHA256,
        Hash::Sha384 => aws_hmac::HMAC_SHA384,
        Hash::Sha512 => aws_hmac::HMAC_SHA512,
    };
    aws_hmac::sign(&aws_hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
}
