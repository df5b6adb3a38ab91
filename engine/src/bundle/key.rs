//! Keys that bundles are signed and verified with, each for one algorithm.

mod encrypted;
mod error;
mod generate;
mod read;

use std::fmt;

use zeroize::Zeroizing;

use self::read::PemKey;
use super::algorithm::Algorithm;
use crate::builtins::crypto::private_key::PrivateKey;
use crate::builtins::crypto::public_key::PublicKey;
use crate::builtins::crypto::signature::Curve;
use crate::jose;

pub use self::error::{KeyError, KeyWarning};
pub use self::generate::{GeneratedKey, RsaSize, generate};

/// A key that verifies signatures of one algorithm.
#[derive(Clone)]
pub struct VerificationKey {
    algorithm: Algorithm,
    material: Verifying,
}

#[derive(Clone)]
enum Verifying {
    Public(PublicKey),
    Secret(Zeroizing<Vec<u8>>),
}

/// A key that signs with one algorithm.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    key: jose::Key,
}

impl VerificationKey {
    /// Takes a key.
    ///
    /// `bytes` are a PEM text with a public key, a certificate, of which only the key counts, or a private key, as in
    /// OPA; for HS algorithms they are the secret itself, with the line break at its end, if there is one.
    ///
    /// # Errors
    /// When there is no key in it, or one that is not for the algorithm.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let material = if algorithm.is_symmetric() {
            Verifying::Secret(secret(bytes)?)
        } else {
            let public = match read::pem_key(bytes, None)? {
                PemKey::Public(key) => key,
                PemKey::Private(key) => key.public(),
            };
            check_kind(algorithm, &public)?;
            Verifying::Public(public)
        };
        Ok(Self { algorithm, material })
    }

    /// What it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What is weak about the key.
    pub fn warnings(&self) -> Vec<KeyWarning> {
        match &self.material {
            Verifying::Public(key) => KeyWarning::of_public(key),
            Verifying::Secret(secret) => KeyWarning::of_secret(self.algorithm, secret),
        }
    }

    /// Whether `signature` is one of `message`.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match (&self.material, self.algorithm.0) {
            (Verifying::Public(key), algorithm) => {
                algorithm.verify(key, jose::Form::Exact, message, signature)
            }
            (Verifying::Secret(secret), jose::Algorithm::Hs(hash)) => {
                jose::verify_code(hash, secret, message, signature)
            }
            (
                Verifying::Secret(_),
                jose::Algorithm::Rs(_)
                | jose::Algorithm::Ps(_)
                | jose::Algorithm::Es(_)
                | jose::Algorithm::EdDsa,
            ) => false,
        }
    }
}

impl SigningKey {
    /// Takes a key.
    ///
    /// `bytes` are a PEM text with a private key, in PKCS #1, PKCS #8 or SEC 1; for HS algorithms they are the secret
    /// itself, with the line break at its end, if there is one. `passphrase` is for PKCS #8 that is encrypted, and of no
    /// interest otherwise.
    ///
    /// # Errors
    /// When there is no private key in it, one that is not for the algorithm, or one of RSA with fewer than 2048 bits.
    pub fn new(algorithm: Algorithm, bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        if algorithm.is_symmetric() {
            return Ok(Self { algorithm, key: jose::Key::Secret(secret(bytes)?.to_vec()) });
        }
        let private = match read::pem_key(bytes, passphrase)? {
            PemKey::Private(key) => key,
            PemKey::Public(_) => return Err(KeyError::NotPrivate),
        };
        let public = private.public();
        check_kind(algorithm, &public)?;
        match &public {
            PublicKey::Rsa(key) if key.modulus.bits() < MIN_RSA_BITS => {
                Err(KeyError::ShortRsa { bits: key.modulus.bits() })
            }
            PublicKey::Rsa(_)
            | PublicKey::Ec { .. }
            | PublicKey::Ed25519(_)
            | PublicKey::X25519(_)
            | PublicKey::Dsa { .. } => Ok(Self { algorithm, key: jose::Key::Private(private) }),
        }
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What is weak about the key.
    pub fn warnings(&self) -> Vec<KeyWarning> {
        match &self.key {
            jose::Key::Secret(secret) => KeyWarning::of_secret(self.algorithm, secret),
            jose::Key::Private(_) | jose::Key::Public(_) => Vec::new(),
        }
    }

    /// The signature of `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        jose::signature(self.algorithm.0, &self.key, message)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // The numbers of RSA keys are of a type that can't be wiped.
        match &mut self.key {
            jose::Key::Secret(secret)
            | jose::Key::Private(
                PrivateKey::Ec { scalar: secret, .. }
                | PrivateKey::Ed25519 { seed: secret, .. }
                | PrivateKey::X25519(secret),
            ) => zeroize::Zeroize::zeroize(secret),
            jose::Key::Private(PrivateKey::Rsa(_)) | jose::Key::Public(_) => {}
        }
    }
}

/// The algorithm for a key in PEM when nobody names one: RS256 for RSA keys; on curves each key has only one.
///
/// # Errors
/// As [`SigningKey::new`]; and that nothing is signed with such a key.
pub fn usual_algorithm(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Algorithm, KeyError> {
    let public = match read::pem_key(bytes, passphrase)? {
        PemKey::Public(key) => key,
        PemKey::Private(key) => key.public(),
    };
    let fitting = Algorithm::ALL.into_iter().find(|algorithm| check_kind(*algorithm, &public).is_ok());
    fitting.ok_or(KeyError::NoAlgorithm)
}

/// Says the algorithm only.
impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}

/// Says the algorithm only.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}

fn secret(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if bytes.is_empty() {
        return Err(KeyError::EmptySecret);
    }
    match read::public_label(bytes) {
        Some(label) => Err(KeyError::PublicAsSecret { label }),
        None => Ok(Zeroizing::new(bytes.to_vec())),
    }
}

fn check_kind(algorithm: Algorithm, key: &PublicKey) -> Result<(), KeyError> {
    let (fits, found) = match (algorithm.0, key) {
        (jose::Algorithm::Rs(_) | jose::Algorithm::Ps(_), PublicKey::Rsa(_))
        | (jose::Algorithm::EdDsa, PublicKey::Ed25519(_)) => (true, ""),
        (_, PublicKey::Rsa(_)) => (false, "an RSA key"),
        (_, PublicKey::Ec { curve, .. }) => (
            algorithm.curve() == Some(*curve),
            match curve {
                Curve::P224 => "a key on P-224",
                Curve::P256 => "a key on P-256",
                Curve::P384 => "a key on P-384",
                Curve::P521 => "a key on P-521",
            },
        ),
        (_, PublicKey::Ed25519(_)) => (false, "an Ed25519 key"),
        (_, PublicKey::X25519(_)) => (false, "an X25519 key"),
        (_, PublicKey::Dsa { .. }) => (false, "a DSA key"),
    };
    if fits { Ok(()) } else { Err(KeyError::WrongKind { algorithm, found }) }
}

/// What is signed with today; see NIST SP 800-131A.
const MIN_RSA_BITS: u64 = 2048;

#[cfg(test)]
mod tests;
