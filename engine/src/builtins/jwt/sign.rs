//! `io.jwt.encode_sign` and `io.jwt.encode_sign_raw`.

use data_encoding::BASE64URL_NOPAD;

use super::jwk;
use super::token::json;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::jose::{Algorithm, signature};
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
