//! The algorithms with which certificates are signed.

use super::der::{Der, SEQUENCE, constructed};
use super::public_key::PublicKey;
use super::signature::{self, Hash, Salt};

/// Those that Go has a number for; see [`SignatureAlgorithm::number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    /// None that Go knows.
    Unknown,
    /// One that is only named, and verifies nothing.
    Refused(u8),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS.
    RsaPss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
}

impl SignatureAlgorithm {
    /// Reads the content of an `AlgorithmIdentifier`.
    ///
    /// # Errors
    /// Go's words.
    pub(super) fn read(mut fields: Der<'_>) -> Result<Self, String> {
        let oid = fields.oid().ok_or("x509: malformed OID")?;
        let parameters =
            if fields.is_empty() { &[] } else { fields.any().ok_or("x509: malformed parameters")?.whole };
        Ok(Self::new(&oid, parameters))
    }

    fn new(oid: &[u32], parameters: &[u8]) -> Self {
        match oid {
            [1, 2, 840, 113_549, 1, 1, 2] => Self::Refused(1),
            [1, 2, 840, 113_549, 1, 1, 4] => Self::Refused(2),
            [1, 2, 840, 113_549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => Self::Refused(3),
            [1, 2, 840, 113_549, 1, 1, 11] => Self::RsaPkcs1(Hash::Sha256),
            [1, 2, 840, 113_549, 1, 1, 12] => Self::RsaPkcs1(Hash::Sha384),
            [1, 2, 840, 113_549, 1, 1, 13] => Self::RsaPkcs1(Hash::Sha512),
            [1, 2, 840, 10_040, 4, 3] => Self::Refused(7),
            [2, 16, 840, 1, 101, 3, 4, 3, 2] => Self::Refused(8),
            [1, 2, 840, 10_045, 4, 1] => Self::Refused(9),
            [1, 2, 840, 10_045, 4, 3, 2] => Self::Ecdsa(Hash::Sha256),
            [1, 2, 840, 10_045, 4, 3, 3] => Self::Ecdsa(Hash::Sha384),
            [1, 2, 840, 10_045, 4, 3, 4] => Self::Ecdsa(Hash::Sha512),
            [1, 3, 101, 112] if parameters.is_empty() => Self::Ed25519,
            [1, 2, 840, 113_549, 1, 1, 10] => pss(parameters).map_or(Self::Unknown, Self::RsaPss),
            _ => Self::Unknown,
        }
    }

    /// Go's number for it.
    pub(super) fn number(self) -> u64 {
        let by_hash = |hash, first| match hash {
            Hash::Sha256 => first,
            Hash::Sha384 => first + 1,
            Hash::Sha512 => first + 2,
        };
        match self {
            Self::Unknown => 0,
            Self::Refused(number) => u64::from(number),
            Self::RsaPkcs1(hash) => by_hash(hash, 4),
            Self::Ecdsa(hash) => by_hash(hash, 10),
            Self::RsaPss(hash) => by_hash(hash, 13),
            Self::Ed25519 => 16,
        }
    }

    /// Whether `key` signed `message`.
    pub(super) fn verify(self, key: &PublicKey, message: &[u8], signed: &[u8]) -> bool {
        match (self, key) {
            (Self::RsaPkcs1(hash), PublicKey::Rsa(key)) => signature::rsa_pkcs1(key, hash, message, signed),
            (Self::RsaPss(hash), PublicKey::Rsa(key)) => {
                signature::rsa_pss(key, hash, Salt::AsDigest, message, signed)
            }
            (Self::Ecdsa(hash), PublicKey::Ec { curve, point }) => {
                signature::ecdsa(*curve, point, hash, message, signed)
            }
            (Self::Ed25519, PublicKey::Ed25519(key)) => signature::ed25519(key, message, signed),
            _ => false,
        }
    }
}

/// The digest of parameters of RSASSA-PSS that use it for everything (RFC 4055, section 3.1).
fn pss(parameters: &[u8]) -> Option<Hash> {
    let mut fields = Der::new(parameters).inside(SEQUENCE)?;
    let digest = digest(fields.inside(constructed(0))?.inside(SEQUENCE)?)?;
    let mut mask = fields.inside(constructed(1))?.inside(SEQUENCE)?;
    let generator = mask.oid()?;
    let mask_digest = self::digest(mask.inside(SEQUENCE)?)?;
    let salt = fields.inside(constructed(2))?.small_integer()?;
    let trailer = match fields.optional(constructed(3)).ok()? {
        None => 1,
        Some(mut inside) => inside.small_integer()?,
    };
    let (hash, size) = match digest.as_slice() {
        [2, 16, 840, 1, 101, 3, 4, 2, 1] => (Hash::Sha256, 32),
        [2, 16, 840, 1, 101, 3, 4, 2, 2] => (Hash::Sha384, 48),
        [2, 16, 840, 1, 101, 3, 4, 2, 3] => (Hash::Sha512, 64),
        _ => return None,
    };
    let right = generator == MGF1 && mask_digest == digest && salt == size && trailer == 1;
    right.then_some(hash)
}

/// The identifier of a digest that has no parameters.
fn digest(mut fields: Der<'_>) -> Option<Vec<u32>> {
    let oid = fields.oid()?;
    let parameters = if fields.is_empty() { &[] } else { fields.any()?.whole };
    matches!(parameters, [] | [5, 0]).then_some(oid)
}

const MGF1: &[u32] = &[1, 2, 840, 113_549, 1, 1, 8];
