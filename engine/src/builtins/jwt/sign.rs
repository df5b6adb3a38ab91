//! `io.jwt.encode_sign` and `io.jwt.encode_sign_raw`.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA256_FIXED_SIGNING,
    ECDSA_P521_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaSignatureEncoding,
};
use data_encoding::BASE64URL_NOPAD;

use super::algorithm::{Algorithm, authentication_code};
use super::jwk::{self, Key};
use super::token::json;
use crate::builtins::crypto::private_key::{PrivateKey, RsaNumbers};
use crate::builtins::crypto::signature::{Curve, Hash};
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::Value;

pub(super) fn encode_sign(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (headers, payload) = (operands.value(0)?.to_json(), operands.value(1)?.to_json());
    let key = operands.value(2)?.to_json();
    sign(&headers, &payload, &key).map(Some).map_err(BuiltinError::Failed)
}

pub(super) fn encode_sign_raw(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let key = operands.string(2)?;
    let (headers, payload) = (operands.string(0)?, operands.string(1)?);
    sign(headers, payload, key).map(Some).map_err(BuiltinError::Failed)
}

fn sign(headers: &str, payload: &str, key: &str) -> Result<Value, String> {
    let keys = jwk::parse(key)?;
    let key = keys.first().ok_or("no keys found in JWK set")?;
    let fields = headers_of(headers).map_err(|error| format!("missing or invalid 'alg' header: {error}"))?;
    let text = |name: &str| match fields.get_str(name) {
        None => Err(format!("jwsbb: header \"{name}\" not found")),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("value doesn't contain string; it contains {}", other.type_name())),
    };
    let name = text("alg").map_err(|error| format!("missing or invalid 'alg' header: {error}"))?;
    let algorithm = Algorithm::from_name(&name).ok_or_else(|| format!("unknown JWS algorithm: {name}"))?;
    if text("typ").is_ok_and(|kind| &*kind == "JWT") || text("typ").is_err() {
        json(payload).map_err(|_| "type is JWT but payload is not JSON".to_owned())?;
    }
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let signed = format!("{}.{}", encode(headers.as_bytes()), encode(payload.as_bytes()));
    let signature = signature(algorithm, &key.key, signed.as_bytes())?;
    Ok(Value::from(format!("{signed}.{}", encode(&signature))))
}

fn headers_of(text: &str) -> Result<crate::value::Object, String> {
    if text.trim().is_empty() {
        return Err("cannot parse JSON: cannot parse empty string; unparsed tail: \"\"".to_owned());
    }
    // The reader that OPA uses here takes anything made of these for a number.
    if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
        return Ok(crate::value::Object::new());
    }
    match json(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(crate::value::Object::new()),
        Err(error) => Err(format!("cannot parse JSON: {error}")),
    }
}

fn signature(algorithm: Algorithm, key: &Key, message: &[u8]) -> Result<Vec<u8>, String> {
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
