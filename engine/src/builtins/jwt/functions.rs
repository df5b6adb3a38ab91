//! The functions as the table names them.

use data_encoding::HEXLOWER;

use super::token::{self, Token};
use super::verify::{verify, verify_secret};
use crate::builtins::crypto::shape::array;
use crate::builtins::crypto::signature::Hash;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::jose::Algorithm;
use crate::value::Value;

pub(super) fn decode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut token = Token::operand(operands)?;
    loop {
        match parts(&token).map_err(BuiltinError::Failed)? {
            Parts::Decoded(value) => return Ok(Some(value)),
            Parts::Nested(inner) => token = inner,
        }
    }
}

enum Parts {
    Decoded(Value),
    Nested(Token),
}

fn parts(token: &Token) -> Result<Parts, String> {
    let header = token.decode_header()?;
    let payload = token.payload_bytes()?;
    if let Some(kind) = header.get_str("cty") {
        let kind = kind.as_str().ok_or("cty: must be a string")?;
        if kind == "JWT" {
            let inner = token::text(&payload);
            return Token::split(inner.trim_matches(['"', '\''])).map(Parts::Nested);
        }
    }
    let payload = token::object(&payload)?;
    let signature =
        token.signature_bytes().map_err(|error| format!("JWT signature had invalid encoding: {error}"))?;
    let signature = Value::from(HEXLOWER.encode(&signature));
    Ok(Parts::Decoded(array([Value::Object(header), Value::Object(payload), signature])))
}

pub(super) fn verify_rs256(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Rs(Hash::Sha256))
}

pub(super) fn verify_rs384(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Rs(Hash::Sha384))
}

pub(super) fn verify_rs512(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Rs(Hash::Sha512))
}

pub(super) fn verify_ps256(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Ps(Hash::Sha256))
}

pub(super) fn verify_ps384(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Ps(Hash::Sha384))
}

pub(super) fn verify_ps512(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Ps(Hash::Sha512))
}

pub(super) fn verify_es256(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Es(Hash::Sha256))
}

pub(super) fn verify_es384(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Es(Hash::Sha384))
}

pub(super) fn verify_es512(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::Es(Hash::Sha512))
}

pub(super) fn verify_hs256(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify_secret(operands, Hash::Sha256)
}

pub(super) fn verify_hs384(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify_secret(operands, Hash::Sha384)
}

pub(super) fn verify_hs512(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify_secret(operands, Hash::Sha512)
}

pub(super) fn verify_eddsa(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    verify(context, operands, Algorithm::EdDsa)
}
