//! The parts of a JSON Web Token (RFC 7519), and what its header says.

use std::collections::BTreeSet;

use crate::builtins::crypto::base64;
use crate::builtins::encoding::text::json_problem;
use crate::builtins::{BuiltinError, Operands};
use crate::source::SourceId;
use crate::value::{Object, Value};

/// A token in three parts, each in base64url.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) header: String,
    pub(super) payload: String,
    pub(super) signature: String,
}

/// The fields of a header that matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: String,
    pub(super) cty: String,
    /// What must be understood, of which we understand nothing but the known names.
    critical: BTreeSet<String>,
    unknown: Vec<String>,
}

impl Token {
    /// Takes the first operand apart.
    ///
    /// # Errors
    /// That it is no string, or has not three parts.
    pub(super) fn operand(operands: Operands<'_>) -> Result<Self, BuiltinError> {
        Self::split(operands.string(0)?).map_err(BuiltinError::Failed)
    }

    /// Takes a token apart, without decoding the parts.
    ///
    /// # Errors
    /// That it has not three parts.
    pub(super) fn split(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            [header, payload, signature] => Ok(Self {
                header: (*header).to_owned(),
                payload: (*payload).to_owned(),
                signature: (*signature).to_owned(),
            }),
            [_] => Err("encoded JWT had no period separators".to_owned()),
            parts => Err(format!("encoded JWT must have 3 sections, found {}", parts.len())),
        }
    }

    /// What is signed.
    pub(super) fn signed(&self) -> Vec<u8> {
        format!("{}.{}", self.header, self.payload).into_bytes()
    }

    /// The signature's bytes.
    ///
    /// # Errors
    /// That it is no base64url.
    pub(super) fn signature_bytes(&self) -> Result<Vec<u8>, String> {
        base64::decode_url(&self.signature)
    }

    /// The header as an object.
    ///
    /// # Errors
    /// That it is no object in base64url, or one of an encrypted token.
    pub(super) fn decode_header(&self) -> Result<Object, String> {
        let bytes = base64::decode_url(&self.header)
            .map_err(|error| format!("JWT header had invalid encoding: {error}"))?;
        let header = object(&bytes).map_err(|error| format!("bad JWT header: {error}"))?;
        if header.get_str("enc").is_some() {
            return Err("JWT is a JWE object, which is not supported".to_owned());
        }
        Ok(header)
    }

    /// The payload's bytes.
    ///
    /// # Errors
    /// That it is no base64url.
    pub(super) fn payload_bytes(&self) -> Result<Vec<u8>, String> {
        base64::decode_url(&self.payload)
            .map_err(|error| format!("JWT payload had invalid encoding: {error}"))
    }
}

impl Header {
    /// Reads the known fields.
    ///
    /// # Errors
    /// That one of them has the wrong type.
    pub(super) fn read(header: &Object) -> Result<Self, String> {
        let mut read = Self::default();
        for (name, value) in header {
            let name = name.as_str().unwrap_or_default();
            let text =
                || value.as_str().map(str::to_owned).ok_or_else(|| format!("{name}: must be a string"));
            match name {
                "alg" => read.alg = text()?,
                "kid" => read.kid = text()?,
                "typ" => drop(text()?),
                "cty" => read.cty = text()?,
                "crit" => {
                    let list = value.as_array().ok_or("crit: must be a list")?;
                    // OPA reads as far as there are strings.
                    let names = list.iter().map_while(Value::as_str);
                    read.critical = names.map(str::to_owned).collect();
                    if read.critical.is_empty() {
                        return Err("crit: must be a nonempty list".to_owned());
                    }
                }
                _ => read.unknown.push(name.to_owned()),
            }
        }
        Ok(read)
    }

    /// Whether there is an algorithm, and nothing critical that we don't understand.
    pub(super) fn is_valid(&self) -> bool {
        !self.alg.is_empty() && !self.unknown.iter().any(|name| self.critical.contains(name))
    }
}

/// An object in JSON. Of equal keys the last counts.
///
/// # Errors
/// That it is none, in Go's words.
pub(super) fn object(bytes: &[u8]) -> Result<Object, String> {
    let value = json(&text(bytes)).map_err(|error| format!("invalid JSON: {error}"))?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Set(_) => Err("decoded JSON type was not an Object".to_owned()),
    }
}

/// A document in JSON.
///
/// # Errors
/// That it is none, in Go's words.
pub(super) fn json(text: &str) -> Result<Value, String> {
    let node = crate::document::json(SourceId::default(), text).map_err(|error| {
        let at = error.span.and_then(|span| usize::try_from(span.start).ok()).unwrap_or_default();
        json_problem(&error.message, text.get(at..).unwrap_or_default())
    })?;
    Ok(node.to_value())
}

/// The value that a text starts with, and whether nothing comes after it.
pub(super) fn leading_json(text: &str) -> Result<(Value, bool), String> {
    let Err(error) = crate::document::json(SourceId::default(), text) else {
        return Ok((json(text)?, true));
    };
    let end = error.span.and_then(|span| usize::try_from(span.start).ok());
    let first =
        end.and_then(|end| text.get(..end)).filter(|_| error.message.ends_with(" after top-level value"));
    match first {
        Some(first) => Ok((json(first)?, false)),
        None => Ok((json(text)?, true)),
    }
}

/// Bytes as text, with U+FFFD for each byte that belongs to no character, as Go has it.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
