//! What is wrong with keys, and what is weak about them.

use std::fmt;

use super::super::algorithm::Algorithm;
use super::MIN_RSA_BITS;
use crate::builtins::crypto::public_key::PublicKey;
use crate::jose;

/// Why something is no key. Never says what the key is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no PEM block; the words are OPA's.
    #[error("failed to parse PEM block containing the key")]
    NoPem,
    /// A block of another kind; the words are OPA's.
    #[error("unsupported key type: {label}")]
    UnsupportedLabel {
        /// The words of its first line.
        label: String,
    },
    /// A block of the right kind with something else in it.
    #[error("`{label}` holds no key: {reason}")]
    Malformed {
        /// The words of its first line.
        label: String,
        /// Go's words.
        reason: String,
    },
    /// An encrypted key without passphrase.
    #[error("the key is encrypted")]
    Encrypted,
    /// The passphrase is not the right one.
    #[error("the key can't be decrypted with this passphrase")]
    WrongPassphrase,
    /// A key that is encrypted as only PEM does it.
    #[error("the key is encrypted in the old form of PEM")]
    LegacyEncryption,
    /// An encryption that is not known, or takes more time or memory than is sensible.
    #[error("the encryption of the key is not supported: {reason}")]
    UnsupportedEncryption {
        /// What about it.
        reason: String,
    },
    /// A key for other algorithms.
    #[error("{} takes {}, but this is {found}", algorithm.name(), algorithm.wants())]
    WrongKind {
        /// The algorithm that was asked for.
        algorithm: Algorithm,
        /// What the key is, with an article.
        found: &'static str,
    },
    /// A key of a kind that no algorithm is for.
    #[error("no algorithm signs with such a key")]
    NoAlgorithm,
    /// A public key is to sign.
    #[error("a public key can't sign")]
    NotPrivate,
    /// A public key is given as secret, which everyone could sign with.
    #[error("the secret is a public key: a PEM text `{label}`")]
    PublicAsSecret {
        /// The words of its first line.
        label: String,
    },
    /// An empty secret, with which everyone can sign.
    #[error("the secret is empty")]
    EmptySecret,
    /// An RSA key that is too short to sign with.
    #[error("an RSA key of {bits} bits is too short to sign with: it needs {MIN_RSA_BITS}")]
    ShortRsa {
        /// Its length.
        bits: u64,
    },
    /// The cryptographic library failed.
    #[error("the key could not be made: {reason}")]
    NotMade {
        /// What it said.
        reason: String,
    },
}

impl KeyError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoPem => "a key is a PEM text, which has a line `-----BEGIN ... KEY-----`".to_owned(),
            Self::UnsupportedLabel { label } if label.contains("OPENSSH") => {
                "convert it with `ssh-keygen -p -m PKCS8 -f FILE`".to_owned()
            }
            Self::UnsupportedLabel { .. } => "private keys are `PRIVATE KEY`, `RSA PRIVATE KEY` and \
                `EC PRIVATE KEY`; public ones `PUBLIC KEY`, `RSA PUBLIC KEY` and `CERTIFICATE`"
                .to_owned(),
            Self::Malformed { .. } => "make the file again, or look whether it was cut".to_owned(),
            Self::Encrypted => "give the passphrase too".to_owned(),
            Self::LegacyEncryption => "convert it with `openssl pkcs8 -topk8 -in FILE -out NEW`".to_owned(),
            Self::UnsupportedEncryption { .. } => {
                "convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`".to_owned()
            }
            Self::WrongKind { algorithm, .. } => {
                format!("choose another algorithm than {}, or another key", algorithm.name())
            }
            Self::NoAlgorithm => {
                "take a key of RSA, of Ed25519, or on one of the curves P-256, P-384 and P-521".to_owned()
            }
            Self::NotPrivate => "sign with the private key that belongs to it".to_owned(),
            Self::PublicAsSecret { .. } => {
                "everyone who has the public key could sign; choose the algorithm that the key is for"
                    .to_owned()
            }
            Self::EmptySecret => "give a random secret of 32 bytes or more".to_owned(),
            Self::ShortRsa { .. } => "make a new key, for example with `portcullis keygen`".to_owned(),
            Self::WrongPassphrase | Self::NotMade { .. } => return None,
        })
    }
}

/// What makes a key weak, although it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyWarning {
    /// A secret that is shorter than RFC 7518 asks for.
    ShortSecret {
        /// Its length.
        bytes: usize,
        /// What it should be.
        wanted: usize,
    },
    /// A secret that ends with a line break, which is part of it, as in OPA.
    TrailingLineBreak,
    /// An RSA key that nobody should sign with any more.
    ShortRsa {
        /// Its length.
        bits: u64,
    },
}

impl KeyWarning {
    pub(super) fn of_public(key: &PublicKey) -> Vec<Self> {
        match key {
            PublicKey::Rsa(key) if key.modulus.bits() < MIN_RSA_BITS => {
                vec![Self::ShortRsa { bits: key.modulus.bits() }]
            }
            PublicKey::Rsa(_)
            | PublicKey::Ec { .. }
            | PublicKey::Ed25519(_)
            | PublicKey::X25519(_)
            | PublicKey::Dsa { .. } => Vec::new(),
        }
    }

    pub(super) fn of_secret(algorithm: Algorithm, secret: &[u8]) -> Vec<Self> {
        let mut warnings = Vec::new();
        if let jose::Algorithm::Hs(hash) = algorithm.0 {
            let (bytes, wanted) = (secret.len(), hash.algorithm().output_len());
            if bytes < wanted {
                warnings.push(Self::ShortSecret { bytes, wanted });
            }
        }
        if secret.ends_with(b"\n") {
            warnings.push(Self::TrailingLineBreak);
        }
        warnings
    }
}

impl fmt::Display for KeyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortSecret { bytes, wanted } => {
                write!(f, "the secret has {bytes} bytes, and is easy to guess with fewer than {wanted}")
            }
            Self::TrailingLineBreak => {
                f.write_str("the secret ends with a line break, which is a part of it, as in OPA")
            }
            Self::ShortRsa { bits } => {
                write!(f, "an RSA key of {bits} bits is too short to be trusted: {MIN_RSA_BITS} are needed")
            }
        }
    }
}
