//! Keys in PEM texts.

use zeroize::Zeroizing;

use super::encrypted;
use super::error::KeyError;
use crate::builtins::crypto::pem::{self, Block};
use crate::builtins::crypto::private_key::{self, PrivateKey};
use crate::builtins::crypto::public_key::{self, PublicKey};
use crate::builtins::crypto::public_key_of;

/// A key of either kind.
pub(super) enum PemKey {
    Public(PublicKey),
    Private(PrivateKey),
}

/// The key in the first block of a text. What OpenSSL writes before a key on a curve is passed over.
pub(super) fn pem_key(text: &[u8], passphrase: Option<&[u8]>) -> Result<PemKey, KeyError> {
    if contains(text, LEGACY_ENCRYPTION) {
        return Err(KeyError::LegacyEncryption);
    }
    let (mut block, mut rest) = pem::decode(text).ok_or(KeyError::NoPem)?;
    while block.label == "EC PARAMETERS"
        && let Some((next, after)) = pem::decode(rest)
    {
        (block, rest) = (next, after);
    }
    let Block { label, bytes } = block;
    let bytes = Zeroizing::new(bytes);
    let malformed = |reason| KeyError::Malformed { label: label.clone(), reason };
    let private = |key: Result<PrivateKey, String>| key.map(PemKey::Private).map_err(malformed);
    let public = |key: Result<PublicKey, String>| key.map(PemKey::Public).map_err(malformed);
    match label.as_str() {
        "RSA PRIVATE KEY" => private(private_key::pkcs1(&bytes)),
        "PRIVATE KEY" => private(private_key::pkcs8(&bytes)),
        "EC PRIVATE KEY" => private(private_key::sec1(&bytes)),
        "ENCRYPTED PRIVATE KEY" => {
            private(private_key::pkcs8(&encrypted::decrypt(&bytes, passphrase.ok_or(KeyError::Encrypted)?)?))
        }
        "PUBLIC KEY" => public(public_key::from_spki(&bytes)),
        "RSA PUBLIC KEY" => public(public_key::from_pkcs1(&bytes)),
        "CERTIFICATE" => public(
            public_key_of(&bytes)
                .and_then(|key| key.ok_or_else(|| "x509: unknown public key algorithm".to_owned())),
        ),
        _ => Err(KeyError::UnsupportedLabel { label }),
    }
}

/// The label of the first public key in a text, if it holds one.
pub(super) fn public_label(text: &[u8]) -> Option<String> {
    let labels = pem::blocks(text).into_iter().map(|block| block.label);
    labels.into_iter().find(|label| label.ends_with("PUBLIC KEY") || label == "CERTIFICATE")
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

const LEGACY_ENCRYPTION: &[u8] = b"Proc-Type: 4,ENCRYPTED";
