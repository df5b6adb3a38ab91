//! Digests and message authentication codes.

use aws_lc_rs::{constant_time, digest, hmac as aws_hmac};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};

use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::Value;

pub(super) fn md5(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(hexadecimal(Md5::digest(operands.string(0)?.as_bytes()).as_slice())))
}

pub(super) fn sha1(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, operands.string(0)?.as_bytes());
    Ok(Some(hexadecimal(digest.as_ref())))
}

pub(super) fn sha256(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(hexadecimal(digest::digest(&digest::SHA256, operands.string(0)?.as_bytes()).as_ref())))
}

pub(super) fn hmac_md5(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (message, key) = (operands.string(0)?, operands.string(1)?);
    let mac = Hmac::<Md5>::new_from_slice(key.as_bytes());
    let mut mac = mac.map_err(|error| BuiltinError::failed(error.to_string()))?;
    mac.update(message.as_bytes());
    Ok(Some(hexadecimal(mac.finalize().into_bytes().as_slice())))
}

pub(super) fn hmac_sha1(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    hmac_with(aws_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, operands)
}

pub(super) fn hmac_sha256(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    hmac_with(aws_hmac::HMAC_SHA256, operands)
}

pub(super) fn hmac_sha512(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    hmac_with(aws_hmac::HMAC_SHA512, operands)
}

pub(super) fn hmac_equal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (first, second) = (operands.string(0)?.as_bytes(), operands.string(1)?.as_bytes());
    Ok(Some(Value::from(constant_time::verify_slices_are_equal(first, second).is_ok())))
}

fn hmac_with(algorithm: aws_hmac::Algorithm, operands: Operands<'_>) -> Answer {
    let (message, key) = (operands.string(0)?, operands.string(1)?);
    let tag = aws_hmac::sign(&aws_hmac::Key::new(algorithm, key.as_bytes()), message.as_bytes());
    Ok(Some(hexadecimal(tag.as_ref())))
}

fn hexadecimal(bytes: &[u8]) -> Value {
    Value::from(HEXLOWER.encode(bytes))
}
