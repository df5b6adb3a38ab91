//! Private keys that are encrypted with a passphrase: PKCS #8 with PBES2 (RFC 5958, RFC 8018).

use aws_lc_rs::rand;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::error::KeyError;

/// The `PrivateKeyInfo` in an `EncryptedPrivateKeyInfo`.
pub(super) fn decrypt(der: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unsupported = |reason: String| KeyError::UnsupportedEncryption { reason };
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| unsupported(error.to_string()))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unsupported("not PBES2".to_owned()));
    };
    check_cost(&parameters.kdf)?;
    let document = info.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}

/// A `PrivateKeyInfo` as an `EncryptedPrivateKeyInfo`: AES-256 in CBC mode, with a key made by PBKDF2 of SHA-256, which
/// every reader of PBES2 knows.
pub(super) fn encrypt(der: &[u8], passphrase: &[u8]) -> Result<Vec<u8>, KeyError> {
    let failed = |reason: String| KeyError::NotMade { reason };
    let (mut salt, mut vector) = ([0; 16], [0; 16]);
    for bytes in [&mut salt, &mut vector] {
        rand::fill(bytes).map_err(|error| failed(error.to_string()))?;
    }
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, vector)
        .map_err(|error| failed(error.to_string()))?;
    let info = PrivateKeyInfoRef::try_from(der).map_err(|error| failed(error.to_string()))?;
    let document =
        info.encrypt_with_params(parameters, passphrase).map_err(|error| failed(error.to_string()))?;
    Ok(document.as_bytes().to_vec())
}

/// Whoever wrote the file says how much work its passphrase makes.
fn check_cost(kdf: &Kdf) -> Result<(), KeyError> {
    let is_sensible = match kdf {
        Kdf::Pbkdf2(parameters) => parameters.iteration_count <= MAX_ROUNDS,
        Kdf::Scrypt(parameters) => {
            let block = u64::from(parameters.block_size).saturating_mul(128);
            let lanes = u64::from(parameters.parallelization).saturating_mul(block);
            parameters.cost_parameter.saturating_mul(lanes) <= MAX_SCRYPT_BYTES
        }
        _ => true,
    };
    if is_sensible {
        return Ok(());
    }
    Err(KeyError::UnsupportedEncryption { reason: "it asks for too much work".to_owned() })
}

/// As OWASP recommends for PBKDF2 with SHA-256.
const ROUNDS: u32 = 600_000;
const MAX_ROUNDS: u32 = 10_000_000;
/// 1 GiB.
const MAX_SCRYPT_BYTES: u64 = 1 << 30;
