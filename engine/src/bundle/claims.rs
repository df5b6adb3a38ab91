//! What a signature says: the files of a bundle, and claims about it.

use std::collections::BTreeMap;
use std::fmt;

use crate::document::{Node, NodeKind};
use crate::source::SourceId;
use crate::value::{Number, Object, Value, json_string};

/// Claims that a signature makes beside the list of files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims(Object);

impl Claims {
    /// Reads the claims to sign, a JSON object, as OPA's `--claims-file` does: `iat`, `exp` and `nbf` may be strings of
    /// digits and become whole numbers, a single `aud` becomes a list. Dates, which OPA takes for times too, are refused.
    ///
    /// # Errors
    /// That it is no such object, or has claims that no bundle with them could be verified; `files` is not for others to say.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ClaimsError::new("they are no UTF-8"))?;
        let document = crate::document::json(SourceId::default(), text)
            .map_err(|error| ClaimsError::new(error.message))?;
        let Value::Object(mut claims) = document.to_value() else {
            return Err(ClaimsError::new("they are no object"));
        };
        for key in claims.keys().filter_map(Value::as_str) {
            // OPA does not tell capitals from small letters when it reads these.
            let is_field = |field: &&&str| key.eq_ignore_ascii_case(field) && key != **field;
            if let Some(field) = FIELDS.iter().find(is_field) {
                return Err(ClaimsError::new(format!("`{key}` would be taken for `{field}`")));
            }
        }
        if claims.get_str("files").is_some() {
            return Err(ClaimsError::new("`files` is the list of what is signed, and can't be claimed"));
        }
        for name in ["iat", "exp", "nbf"] {
            if let Some(time) = claims.get_str(name) {
                let time = seconds(time).ok_or_else(|| {
                    ClaimsError::new(format!("`{name}` is no time: write the seconds since 1970, a number"))
                })?;
                claims.insert(Value::from(name), Value::Number(time));
            }
        }
        for name in ["iss", "sub", "jti", "scope", "keyid"] {
            if claims.get_str(name).is_some_and(|value| value.as_str().is_none()) {
                return Err(ClaimsError::new(format!("`{name}` is no string")));
            }
        }
        match claims.get_str("aud") {
            None => {}
            Some(Value::String(audience)) => {
                let audience = [Value::String(audience.clone())];
                claims.insert(Value::from("aud"), Value::Array(audience.into_iter().collect()));
            }
            Some(Value::Array(audience)) if audience.iter().all(|one| one.as_str().is_some()) => {}
            Some(_) => return Err(ClaimsError::new("`aud` is neither a string nor a list of strings")),
        }
        Ok(Self(claims))
    }

    /// The claims, without `files`.
    pub fn as_object(&self) -> &Object {
        &self.0
    }

    /// The claim of this name if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get_str(name).and_then(Value::as_str)
    }

    /// The claim of this name if it is a number.
    pub(super) fn number(&self, name: &str) -> Option<&Number> {
        self.0.get_str(name).and_then(Value::as_number)
    }

    /// The claims of a signature with a key id and nothing else.
    pub(super) fn of_key_id(id: &str) -> Self {
        Self([(Value::from("keyid"), Value::from(id))].into_iter().collect())
    }
}

/// Whole seconds, from a number or the text of one.
fn seconds(time: &Value) -> Option<Number> {
    let text = match time {
        Value::Number(number) => number.text(),
        Value::String(text) => text.as_ref().into(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    whole.parse::<i64>().ok().map(Number::from)
}

/// Why claims can't be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimsError(String);

impl ClaimsError {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the claims can't be signed: {}", self.0)
    }
}

impl std::error::Error for ClaimsError {}

/// A file in the list of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedFile {
    /// Its path, without a `/` before it.
    pub(super) name: String,
    /// In hexadecimal.
    pub(super) digest: String,
    /// The name of the digest's algorithm.
    pub(super) algorithm: String,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) files: Vec<SignedFile>,
    pub(super) claims: Claims,
}

impl Payload {
    /// The text that OPA signs for it.
    pub(super) fn to_json(&self) -> String {
        let file = |file: &SignedFile| {
            let [name, digest, algorithm] =
                [&file.name, &file.digest, &file.algorithm].map(|text| json_string(text));
            format!("{{\"name\":{name},\"hash\":{digest},\"algorithm\":{algorithm}}}")
        };
        let files: Vec<String> = self.files.iter().map(file).collect();
        let claims = self.claims.0.json_entries();
        let mut fields: BTreeMap<String, String> =
            claims.into_iter().map(|(name, value)| (name, value.to_json())).collect();
        fields.insert("files".to_owned(), format!("[{}]", files.join(",")));
        let fields = fields.iter().map(|(name, value)| format!("{}:{value}", json_string(name)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words where it has any.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let document = object(bytes)?;
        let files = match document.get("files").map(|files| &files.kind) {
            None | Some(NodeKind::Null) => Vec::new(),
            Some(NodeKind::Array(files)) => files.iter().map(signed_file).collect::<Result<_, _>>()?,
            Some(_) => return Err(mismatch(document.get("files"), "files", "[]bundle.FileInfo")),
        };
        for name in ["keyid", "scope", "iss"] {
            text(&document, name)?;
        }
        for name in ["exp", "nbf"] {
            if document.get(name).is_some_and(|time| !matches!(time.kind, NodeKind::Number(_))) {
                return Err(mismatch(document.get(name), name, "int64"));
            }
        }
        match document.get("iat").map(|time| &time.kind) {
            None | Some(NodeKind::Null) => {}
            Some(NodeKind::Number(time)) if time.text().parse::<i64>().is_ok() => {}
            Some(_) => return Err(mismatch(document.get("iat"), "iat", "int64")),
        }
        let Value::Object(mut claims) = document.to_value() else {
            return Err("it is no object".to_owned());
        };
        claims.remove(&Value::from("files"));
        Ok(Self { files, claims: Claims(claims) })
    }
}

/// An object in JSON in which no key stands twice.
pub(super) fn object(bytes: &[u8]) -> Result<Node, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    let document = crate::document::json(SourceId::default(), text).map_err(|error| error.message)?;
    if let Some((_, again)) = document.repeated_key() {
        return Err(format!("the key `{}` stands twice", again.key));
    }
    if matches!(document.kind, NodeKind::Object(_)) {
        Ok(document)
    } else {
        Err(format!("it is {} and no object", document.describe()))
    }
}

fn signed_file(node: &Node) -> Result<SignedFile, String> {
    if !matches!(node.kind, NodeKind::Object(_)) {
        return Err(mismatch(Some(node), "files", "bundle.FileInfo"));
    }
    let field = |name: &str| text(node, name).map(|text| text.unwrap_or_default().to_owned());
    Ok(SignedFile { name: field("name")?, digest: field("hash")?, algorithm: field("algorithm")? })
}

/// The field of this name if there is one.
///
/// # Errors
/// That it is no string.
pub(super) fn text<'a>(object: &'a Node, name: &str) -> Result<Option<&'a str>, String> {
    match object.get(name).map(|field| &field.kind) {
        None | Some(NodeKind::Null) => Ok(None),
        Some(NodeKind::String(text)) => Ok(Some(text)),
        Some(_) => Err(mismatch(object.get(name), name, "string")),
    }
}

fn mismatch(found: Option<&Node>, field: &str, wanted: &str) -> String {
    let found = match found.map(|node| &node.kind) {
        None | Some(NodeKind::Null) => "null".to_owned(),
        Some(NodeKind::Bool(_)) => "bool".to_owned(),
        Some(NodeKind::Number(number)) => format!("number {}", number.text()),
        Some(NodeKind::String(_)) => "string".to_owned(),
        Some(NodeKind::Array(_)) => "array".to_owned(),
        Some(NodeKind::Object(_)) => "object".to_owned(),
    };
    format!("json: cannot unmarshal {found} into Go struct field DecodedSignature.{field} of type {wanted}")
}

/// What OPA reads in the payload of a signature.
const FIELDS: &[&str] = &["files", "keyid", "scope", "iat", "iss"];
