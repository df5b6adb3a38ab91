//! The algorithms that bundles are signed with.

use crate::builtins::crypto::signature::{Curve, Hash};
use crate::jose;

/// A signature algorithm of RFC 7518. There is no `none` among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm(pub(super) jose::Algorithm);

impl Algorithm {
    /// The thirteen that OPA signs with.
    pub const ALL: [Self; 13] = [
        Self(jose::Algorithm::Rs(Hash::Sha256)),
        Self(jose::Algorithm::Rs(Hash::Sha384)),
        Self(jose::Algorithm::Rs(Hash::Sha512)),
        Self(jose::Algorithm::Ps(Hash::Sha256)),
        Self(jose::Algorithm::Ps(Hash::Sha384)),
        Self(jose::Algorithm::Ps(Hash::Sha512)),
        Self(jose::Algorithm::Es(Hash::Sha256)),
        Self(jose::Algorithm::Es(Hash::Sha384)),
        Self(jose::Algorithm::Es(Hash::Sha512)),
        Self(jose::Algorithm::EdDsa),
        Self(jose::Algorithm::Hs(Hash::Sha256)),
        Self(jose::Algorithm::Hs(Hash::Sha384)),
        Self(jose::Algorithm::Hs(Hash::Sha512)),
    ];

    /// The algorithm of this name; `Ed25519` (RFC 9864) is another name of `EdDSA`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        jose::Algorithm::from_name(name).map(Self)
    }

    /// As tokens name it: `RS256`.
    pub fn name(self) -> &'static str {
        match self.0 {
            jose::Algorithm::Rs(Hash::Sha256) => "RS256",
            jose::Algorithm::Rs(Hash::Sha384) => "RS384",
            jose::Algorithm::Rs(Hash::Sha512) => "RS512",
            jose::Algorithm::Ps(Hash::Sha256) => "PS256",
            jose::Algorithm::Ps(Hash::Sha384) => "PS384",
            jose::Algorithm::Ps(Hash::Sha512) => "PS512",
            jose::Algorithm::Es(Hash::Sha256) => "ES256",
            jose::Algorithm::Es(Hash::Sha384) => "ES384",
            jose::Algorithm::Es(Hash::Sha512) => "ES512",
            jose::Algorithm::Hs(Hash::Sha256) => "HS256",
            jose::Algorithm::Hs(Hash::Sha384) => "HS384",
            jose::Algorithm::Hs(Hash::Sha512) => "HS512",
            jose::Algorithm::EdDsa => "EdDSA",
        }
    }

    /// Whether who can verify can also sign: the HS algorithms have a secret and no pair of keys.
    pub fn is_symmetric(self) -> bool {
        match self.0 {
            jose::Algorithm::Hs(_) => true,
            jose::Algorithm::Rs(_)
            | jose::Algorithm::Ps(_)
            | jose::Algorithm::Es(_)
            | jose::Algorithm::EdDsa => false,
        }
    }

    /// What a key for it is, for messages.
    pub(super) fn wants(self) -> &'static str {
        match self.0 {
            jose::Algorithm::Rs(_) | jose::Algorithm::Ps(_) => "an RSA key",
            jose::Algorithm::Es(Hash::Sha256) => "a key on P-256",
            jose::Algorithm::Es(Hash::Sha384) => "a key on P-384",
            jose::Algorithm::Es(Hash::Sha512) => "a key on P-521",
            jose::Algorithm::EdDsa => "an Ed25519 key",
            jose::Algorithm::Hs(_) => "a secret",
        }
    }

    /// The curve of ES algorithms: RFC 7518 knows one for each, although OPA takes any.
    pub(super) fn curve(self) -> Option<Curve> {
        match self.0 {
            jose::Algorithm::Es(Hash::Sha256) => Some(Curve::P256),
            jose::Algorithm::Es(Hash::Sha384) => Some(Curve::P384),
            jose::Algorithm::Es(Hash::Sha512) => Some(Curve::P521),
            jose::Algorithm::Rs(_)
            | jose::Algorithm::Ps(_)
            | jose::Algorithm::EdDsa
            | jose::Algorithm::Hs(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Algorithm;

    #[test]
    fn each_algorithm_has_its_name() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_name("Ed25519").map(Algorithm::name), Some("EdDSA"));
        for name in ["none", "None", "rs256", "ES256K", "RS1", "", "HS256 "] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }
}
