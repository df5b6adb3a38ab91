//! Verification of tokens with keys that are given as certificate, as public key or as JSON Web Keys.

use std::sync::Arc;

use super::jwk::{self, Jwk};
use super::token::{Header, Token};
use crate::builtins::crypto::signature::Hash;
use crate::builtins::crypto::{pem, public_key, public_key_of};
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::jose::{Algorithm, Form, Key, verify_code};
use crate::value::Value;

/// Keys in the order in which they are tried.
pub(super) type Keys = Arc<[Jwk]>;

/// `io.jwt.verify_rs256` and those like it.
pub(super) fn verify(context: &mut Context<'_>, operands: Operands<'_>, algorithm: Algorithm) -> Answer {
    let token = Token::operand(operands)?;
    let keys = keys(context, operands.string(1)?).map_err(BuiltinError::Failed)?;
    let signature = token.signature_bytes().map_err(BuiltinError::Failed)?;
    let header =
        token.decode_header().and_then(|header| Header::read(&header)).map_err(BuiltinError::Failed)?;
    let message = token.signed();
    let holds = |key: &Jwk| match &key.key {
        Key::Public(public) => algorithm.verify(public, Form::Loose, &message, &signature),
        Key::Private(_) | Key::Secret(_) => false,
    };
    Ok(Some(Value::from(any_holds(&keys, &header, holds))))
}

/// `io.jwt.verify_hs256` and those like it.
pub(super) fn verify_secret(operands: Operands<'_>, hash: Hash) -> Answer {
    operands.string(0)?;
    let secret = operands.string(1)?;
    let token = Token::operand(operands)?;
    let signature = token.signature_bytes().map_err(BuiltinError::Failed)?;
    Ok(Some(Value::from(verify_code(hash, secret.as_bytes(), &token.signed(), &signature))))
}

/// Whether the key with the header's identifier verifies; if none has it, whether any does that is not for another
/// algorithm.
pub(super) fn any_holds(keys: &[Jwk], header: &Header, holds: impl Fn(&Jwk) -> bool) -> bool {
    if !header.kid.is_empty()
        && let Some(key) = keys.iter().find(|key| key.kid == header.kid)
    {
        return holds(key);
    }
    keys.iter().any(|key| (key.alg.is_empty() || key.alg == header.alg) && holds(key))
}

/// The keys in a PEM block or in JSON Web Keys; those for algorithms that OPA doesn't know are left out.
///
/// # Errors
/// Why there are none.
pub(super) fn keys(context: &mut Context<'_>, text: &str) -> Result<Keys, String> {
    context.compiled.get_or_make(text, || parse(text).map(Keys::from))
}

fn parse(text: &str) -> Result<Vec<Jwk>, String> {
    let Some((block, rest)) = pem::decode(text.as_bytes()) else {
        let keys = jwk::parse(text).map_err(|error| {
            format!("failed to parse a JWK key (set): jwk.ParseString: failed to parse string: {error}")
        })?;
        let known = |key: &Jwk| key.alg.is_empty() || Algorithm::from_name(&key.alg).is_some();
        return Ok(keys.into_iter().filter(known).collect());
    };
    if !rest.is_empty() {
        return Err("extra data after a PEM certificate block".to_owned());
    }
    let key = match block.label.as_str() {
        "CERTIFICATE" => public_key_of(&block.bytes)
            .map_err(|error| format!("failed to parse a PEM certificate: {error}"))?,
        "PUBLIC KEY" => {
            let key = public_key::from_spki(&block.bytes);
            Some(key.map_err(|error| format!("failed to parse a PEM public key: {error}"))?)
        }
        _ => return Err("failed to extract a Key from the PEM certificate".to_owned()),
    };
    let jwk = |key| Jwk { alg: String::new(), kid: String::new(), key: Key::Public(key) };
    Ok(key.into_iter().map(jwk).collect())
}
