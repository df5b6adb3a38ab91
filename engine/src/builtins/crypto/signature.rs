//! Checking signatures with public keys.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self as aws, EcdsaVerificationAlgorithm, ParsedPublicKey, UnparsedPublicKey};
use num_bigint::BigUint;

use super::public_key::RsaKey;

/// The digests that signatures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The length of the salt that a signature of RSA-PSS was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Salt {
    /// Any.
    Any,
    /// That of the digest.
    AsDigest,
}

/// The curves of NIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// P-224, on which nothing is verified.
    P224,
    /// P-256.
    P256,
    /// P-384.
    P384,
    /// P-521.
    P521,
}

impl Curve {
    pub(super) fn from_oid(oid: &[u32]) -> Option<Self> {
        match oid {
            [1, 3, 132, 0, 33] => Some(Self::P224),
            [1, 2, 840, 10_045, 3, 1, 7] => Some(Self::P256),
            [1, 3, 132, 0, 34] => Some(Self::P384),
            [1, 3, 132, 0, 35] => Some(Self::P521),
            _ => None,
        }
    }

    /// The curve that a JSON Web Key names so.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    /// `P-256`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// `P256`.
    pub(super) fn nist_name(self) -> &'static str {
        match self {
            Self::P224 => "P224",
            Self::P256 => "P256",
            Self::P384 => "P384",
            Self::P521 => "P521",
        }
    }

    /// How many bytes a coordinate has.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Whether an uncompressed point lies on the curve.
    pub(crate) fn holds(self, point: &[u8]) -> bool {
        match verification(self, Hash::Sha256) {
            Some(algorithm) => ParsedPublicKey::new(algorithm, point).is_ok(),
            None => true,
        }
    }
}

impl Hash {
    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = digest::Context::new(self.algorithm());
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }

    /// What stands before the digest in a signature of PKCS #1 (RFC 8017, section 9.2).
    fn digest_info(self) -> [u8; 19] {
        let (identifier, size) = match self {
            Self::Sha256 => (1, 32),
            Self::Sha384 => (2, 48),
            Self::Sha512 => (3, 64),
        };
        [0x30, 17 + size, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, identifier, 5, 0, 4, size]
    }
}

/// Whether this is a signature of RSASSA-PKCS1-v1_5.
pub(crate) fn rsa_pkcs1(key: &RsaKey, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let Some(encoded) = rsa_encoded(key, signature) else { return false };
    let digest = hash.digest(&[message]);
    let tail = [&[0_u8][..], &hash.digest_info(), &digest].concat();
    let Some(padding) = encoded.len().checked_sub(tail.len() + 2).filter(|padding| *padding >= 8) else {
        return false;
    };
    let expected = [&[0, 1][..], &vec![0xff; padding], &tail].concat();
    encoded == expected
}

/// Whether this is a signature of RSASSA-PSS whose mask is made with the same digest.
pub(crate) fn rsa_pss(key: &RsaKey, hash: Hash, salt: Salt, message: &[u8], signature: &[u8]) -> bool {
    let Some(encoded) = rsa_encoded(key, signature) else { return false };
    pss_holds(&encoded, key.modulus.bits(), hash, salt, message).unwrap_or(false)
}

/// Whether this is a signature of ECDSA, given as the sequence of its two integers in DER.
pub(crate) fn ecdsa(curve: Curve, point: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let Some(algorithm) = verification(curve, hash) else { return false };
    UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
}

/// Whether this is a signature of Ed25519.
pub(crate) fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&aws::ED25519, key).verify(message, signature).is_ok()
}

/// The two halves of a signature, each an integer, as the sequence that [`ecdsa`] takes.
pub(crate) fn ecdsa_sequence(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(signature.len() / 2)?;
    let minimal = |half: &[u8]| {
        let mut number = BigUint::from_bytes_be(half).to_bytes_be();
        if number.first().is_some_and(|byte| byte & 0x80 != 0) {
            number.insert(0, 0);
        }
        number
    };
    let (r, s) = (minimal(r), minimal(s));
    let integers = [asn1::BigUint::new(&r)?, asn1::BigUint::new(&s)?];
    asn1::write_single(&asn1::SequenceOfWriter::new(&integers[..])).ok()
}

/// The encoded message that a signature stands for, as long as the modulus.
///
/// There is nothing secret in it, so the time it takes may depend on the numbers.
fn rsa_encoded(key: &RsaKey, signature: &[u8]) -> Option<Vec<u8>> {
    let bits = key.modulus.bits();
    let right_key = (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits)
        && key.modulus.bit(0)
        && key.exponent % 2 == 1
        && (3..=MAX_RSA_EXPONENT).contains(&key.exponent);
    let size = usize::try_from(bits.div_ceil(8)).ok()?;
    if !right_key || signature.len() != size {
        return None;
    }
    let signature = BigUint::from_bytes_be(signature);
    if signature >= key.modulus {
        return None;
    }
    let number = signature.modpow(&BigUint::from(key.exponent), &key.modulus).to_bytes_be();
    let zeros = size.checked_sub(number.len())?;
    Some([vec![0; zeros], number].concat())
}

/// RFC 8017, section 9.1.2.
fn pss_holds(encoded: &[u8], modulus_bits: u64, hash: Hash, salt: Salt, message: &[u8]) -> Option<bool> {
    let bits = modulus_bits.checked_sub(1)?;
    let size = usize::try_from(bits.div_ceil(8)).ok()?;
    let (before, encoded) = encoded.split_at_checked(encoded.len().checked_sub(size)?)?;
    let digest_size = hash.algorithm().output_len();
    let (masked, rest) = encoded.split_at_checked(size.checked_sub(digest_size + 1)?)?;
    let (digest, trailer) = rest.split_at_checked(digest_size)?;
    let unused = u32::try_from(size as u64 * 8 - bits).ok()?;
    let mask_of_first = 0xff_u8.checked_shr(unused)?;
    if before.iter().any(|byte| *byte != 0) || trailer != [0xbc] || masked.first()? & !mask_of_first != 0 {
        return Some(false);
    }
    let mask = mgf1(hash, digest, masked.len());
    let mut block: Vec<u8> = masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    *block.first_mut()? &= mask_of_first;
    let zeros = block.iter().take_while(|byte| **byte == 0).count();
    let (separator, found_salt) = block.get(zeros..)?.split_first()?;
    let right_length = match salt {
        Salt::Any => true,
        Salt::AsDigest => found_salt.len() == digest_size,
    };
    let expected = hash.digest(&[&[0; 8], &hash.digest(&[message]), found_salt]);
    Some(*separator == 1 && right_length && expected == digest)
}

fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length + hash.algorithm().output_len());
    let mut counter: u32 = 0;
    while mask.len() < length {
        mask.extend(hash.digest(&[seed, &counter.to_be_bytes()]));
        counter += 1;
    }
    mask.truncate(length);
    mask
}

fn verification(curve: Curve, hash: Hash) -> Option<&'static EcdsaVerificationAlgorithm> {
    Some(match (curve, hash) {
        (Curve::P224, _) => return None,
        (Curve::P256, Hash::Sha256) => &aws::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &aws::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &aws::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &aws::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &aws::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &aws::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256) => &aws::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &aws::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &aws::ECDSA_P521_SHA512_ASN1,
    })
}

/// What Go verifies with: shorter keys are refused.
const MIN_RSA_BITS: u64 = 1024;
/// Longer keys take too long.
const MAX_RSA_BITS: u64 = 16_384;
/// What Go takes.
const MAX_RSA_EXPONENT: u64 = (1 << 31) - 1;
