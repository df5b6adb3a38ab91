//! Making signatures of JSON Web Signatures.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA256_FIXED_SIGNING,
    ECDSA_P521_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaSignatureEncoding,
};

use super::{Algorithm, Key, authentication_code};
use crate::builtins::crypto::private_key::{PrivateKey, RsaNumbers};
use crate::builtins::crypto::signature::{Curve, Hash};

/// The signature of `message`. Those of PS and ES differ each time, with randomness of the cryptographic library.
///
/// # Errors
/// That the key is not one for the algorithm, close to OPA's words.
pub(crate) fn signature(algorithm: Algorithm, key: &Key, message: &[u8]) -> Result<Vec<u8>, String> {
    match (algorithm, key) {
        (Algorithm::Hs(hash), Key::Secret(secret)) => Ok(authentication_code(hash, secret, message)),
        (Algorithm::Rs(hash), Key::Private(PrivateKey::Rsa(numbers))) => {
            let encoding = match hash {
                Hash::Sha256 => &RSA_PKCS1_SHA256,
                Hash::Sha384 => &RSA_PKCS1_SHA384,
                Hash::Sha512 => &RSA_PKCS1_SHA512,
            };
            rsa(numbers, encoding, message)
        }
        (Algorithm::Ps(hash), Key::Private(PrivateKey::Rsa(numbers))) => {
            let encoding = match hash {
                Hash::Sha256 => &RSA_PSS_SHA256,
                Hash::Sha384 => &RSA_PSS_SHA384,
                Hash::Sha512 => &RSA_PSS_SHA512,
            };
            rsa(numbers, encoding, message)
        }
        (Algorithm::Es(hash), Key::Private(PrivateKey::Ec { curve, scalar, point })) => {
            let algorithm = match (curve, hash) {
                (Curve::P256, Hash::Sha256) => &ECDSA_P256_SHA256_FIXED_SIGNING,
                (Curve::P384, Hash::Sha384) => &ECDSA_P384_SHA384_FIXED_SIGNING,
                (Curve::P521, Hash::Sha256) => &ECDSA_P521_SHA256_FIXED_SIGNING,
                (Curve::P521, Hash::Sha384) => &ECDSA_P521_SHA384_FIXED_SIGNING,
                (Curve::P521, Hash::Sha512) => &ECDSA_P521_SHA512_FIXED_SIGNING,
                (Curve::P224 | Curve::P256 | Curve::P384, _) => {
                    return Err(format!("no signatures on {} with this digest", curve.name()));
                }
            };
            let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point);
            let pair = pair.map_err(|error| format!("invalid ECDSA key: {error}"))?;
            let signature =
                pair.sign(&SystemRandom::new(), message).map_err(|_| "could not sign".to_owned())?;
            Ok(signature.as_ref().to_vec())
        }
        (Algorithm::EdDsa, Key::Private(PrivateKey::Ed25519 { seed, public })) => {
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public);
            let pair = pair.map_err(|error| format!("invalid Ed25519 key: {error}"))?;
            Ok(pair.sign(message).as_ref().to_vec())
        }
        (Algorithm::Hs(_), _) => Err("jwsbb.Sign: invalid key type. []byte is required".to_owned()),
        (Algorithm::Rs(_) | Algorithm::Ps(_), _) => {
            Err("jwsbb.Sign: invalid key type. *rsa.PrivateKey is required".to_owned())
        }
        (Algorithm::Es(_), _) => {
            Err("jwsbb.Sign: invalid key type. *ecdsa.PrivateKey is required".to_owned())
        }
        (Algorithm::EdDsa, _) => {
            Err("jwsbb.Sign: invalid key type. ed25519.PrivateKey is required".to_owned())
        }
    }
}

fn rsa(
    numbers: &RsaNumbers,
    encoding: &'static RsaSignatureEncoding,
    message: &[u8],
) -> Result<Vec<u8>, String> {
    let [p, q] = &numbers.primes;
    let [dp, dq] = &numbers.exponents;
    let components = KeyPairComponents {
        public_key: aws_lc_rs::rsa::PublicKeyComponents {
            n: numbers.modulus.to_bytes_be(),
            e: num_bigint::BigUint::from(numbers.exponent).to_bytes_be(),
        },
        d: numbers.private_exponent.to_bytes_be(),
        p: p.to_bytes_be(),
        q: q.to_bytes_be(),
        dP: dp.to_bytes_be(),
        dQ: dq.to_bytes_be(),
        qInv: numbers.coefficient.to_bytes_be(),
    };
    let pair =
        RsaKeyPair::from_components(&components).map_err(|error| format!("invalid RSA key: {error}"))?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| "could not sign".to_owned())?;
    Ok(signature)
}
