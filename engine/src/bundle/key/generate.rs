//! New keys.

use std::fmt::{self, Write as _};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use zeroize::Zeroizing;

use super::super::algorithm::Algorithm;
use super::encrypted;
use super::error::KeyError;
use crate::builtins::crypto::signature::Hash;
use crate::jose;

/// How many bits the modulus of a new RSA key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaSize {
    /// 2048.
    Bits2048,
    /// 3072, as strong as a key on P-256.
    #[default]
    Bits3072,
    /// 4096.
    Bits4096,
}

/// A new key as the content of files.
#[derive(Clone)]
pub struct GeneratedKey {
    /// The private key: PEM in PKCS #8; for HS algorithms the secret, letters and digits without a line break.
    pub private: Zeroizing<Vec<u8>>,
    /// The public key in PEM; none for HS algorithms.
    pub public: Option<String>,
}

/// Says the public key only.
impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Makes a key, with randomness of the cryptographic library. `passphrase` encrypts the private key, and does nothing for
/// HS algorithms, whose secrets have no form that could be encrypted.
///
/// # Errors
/// When the library fails.
pub fn generate(
    algorithm: Algorithm,
    size: RsaSize,
    passphrase: Option<&[u8]>,
) -> Result<GeneratedKey, KeyError> {
    let (private, public) = match algorithm.0 {
        jose::Algorithm::Hs(hash) => {
            let mut secret = Zeroizing::new(vec![0; hash.algorithm().output_len()]);
            rand::fill(&mut secret).map_err(failed)?;
            let private = Zeroizing::new(BASE64URL_NOPAD.encode(&secret).into_bytes());
            return Ok(GeneratedKey { private, public: None });
        }
        jose::Algorithm::Rs(_) | jose::Algorithm::Ps(_) => {
            let pair = RsaKeyPair::generate(match size {
                RsaSize::Bits2048 => KeySize::Rsa2048,
                RsaSize::Bits3072 => KeySize::Rsa3072,
                RsaSize::Bits4096 => KeySize::Rsa4096,
            })
            .map_err(failed)?;
            let private: Pkcs8V1Der<'static> = pair.as_der().map_err(failed)?;
            let public: PublicKeyX509Der<'static> = pair.public_key().as_der().map_err(failed)?;
            (Zeroizing::new(private.as_ref().to_vec()), public)
        }
        jose::Algorithm::Es(hash) => {
            let curve = match hash {
                Hash::Sha256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                Hash::Sha384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                Hash::Sha512 => &ECDSA_P521_SHA512_FIXED_SIGNING,
            };
            let private = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(failed)?;
            let pair = EcdsaKeyPair::from_pkcs8(curve, private.as_ref()).map_err(failed)?;
            (Zeroizing::new(private.as_ref().to_vec()), pair.public_key().as_der().map_err(failed)?)
        }
        jose::Algorithm::EdDsa => {
            let private = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(failed)?;
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(private.as_ref()).map_err(failed)?;
            (Zeroizing::new(private.as_ref().to_vec()), pair.public_key().as_der().map_err(failed)?)
        }
    };
    let private = match passphrase {
        None => pem("PRIVATE KEY", &private),
        Some(passphrase) => pem("ENCRYPTED PRIVATE KEY", &encrypted::encrypt(&private, passphrase)?),
    };
    let public = pem("PUBLIC KEY", public.as_ref()).to_string();
    Ok(GeneratedKey { private: Zeroizing::new(private.as_bytes().to_vec()), public: Some(public) })
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let digits = Zeroizing::new(BASE64.encode(der));
    // Writing to a string can't fail.
    let mut text = Zeroizing::new(String::with_capacity(digits.len() * 2 + 128));
    let _ = writeln!(text, "-----BEGIN {label}-----");
    for line in digits.as_bytes().chunks(LINE) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    let _ = writeln!(text, "-----END {label}-----");
    text
}

fn failed(error: impl fmt::Display) -> KeyError {
    KeyError::NotMade { reason: error.to_string() }
}

const LINE: usize = 64;
