//! What a file of signatures says, believed by nobody.

use data_encoding::BASE64URL_NOPAD;

use crate::bundle::claims::{self, Claims, Payload};
use crate::bundle::error::ContentError;
use crate::value::Value;

/// What `.signatures.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignaturesFile {
    /// The tokens.
    pub tokens: Vec<String>,
    /// Who is to verify them; may be empty.
    pub plugin: String,
}

/// What the token of a signature says. It is not verified: whoever wrote the file can have written anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedSignature {
    /// The algorithm that the header names.
    pub algorithm: String,
    /// The id of the key that it names, in the header or else in the claims.
    pub key_id: Option<String>,
    /// All claims but the list of files.
    pub claims: Claims,
    /// The paths of the files that it lists.
    pub files: Vec<String>,
}

impl SignaturesFile {
    /// Takes the fields out of the file. Unknown ones are left alone, null is as good as nothing.
    pub(super) fn of(value: &Value) -> Result<Self, ContentError> {
        let malformed =
            |reason: &str| ContentError::new(format!("bundle load failed on signatures decode: {reason}"));
        if value.as_object().is_none() && *value != Value::Null {
            return Err(malformed("it is no object"));
        }
        let field = |name| value.lookup(&[name]).filter(|value| **value != Value::Null);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let tokens = match field("signatures") {
            None => Some(Vec::new()),
            Some(tokens) => tokens.as_array().and_then(|tokens| tokens.iter().map(text).collect()),
        };
        let plugin = field("plugin").map_or(Some(String::new()), text);
        Ok(Self {
            tokens: tokens.ok_or_else(|| malformed("`signatures` is no array of strings"))?,
            plugin: plugin.ok_or_else(|| malformed("`plugin` is no string"))?,
        })
    }
}

impl UnverifiedSignature {
    /// Reads a token in the compact form of RFC 7515, and verifies nothing.
    ///
    /// # Errors
    /// What keeps it from being such a token.
    pub fn read(token: &str) -> Result<Self, String> {
        let parts: Vec<&str> = token.split('.').collect();
        let &[header, payload, _] = parts.as_slice() else {
            return Err(format!("it has {} parts and not 3", parts.len()));
        };
        let decode = |part: &str, name: &str| {
            BASE64URL_NOPAD
                .decode(part.as_bytes())
                .map_err(|error| format!("its {name} is no base64url: {error}"))
        };
        let header = claims::object(&decode(header, "header")?)?;
        let Payload { files, claims } = Payload::read(&decode(payload, "payload")?)?;
        let key_id = claims::text(&header, "kid")?.or_else(|| claims.text("keyid"));
        Ok(Self {
            algorithm: claims::text(&header, "alg")?.unwrap_or_default().to_owned(),
            key_id: key_id.filter(|id| !id.is_empty()).map(str::to_owned),
            claims,
            files: files.into_iter().map(|file| file.name).collect(),
        })
    }
}
