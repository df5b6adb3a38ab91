//! Bodies of requests, as Go's decoders read them into OPA's types.

use std::borrow::Cow;

use super::change::Operation;
use crate::document::{first_json_value, json_value, replaced, yaml};
use crate::source::SourceId;
use crate::value::{Object, Value};

/// What is wrong with a body, in the words of Go's decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BodyError(String);

/// The form that a body is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON: the first value of the text, whatever comes after it.
    Json,
    /// YAML, where the media type has `yaml` in it.
    Yaml,
}

impl Form {
    /// What a `Content-Type` says.
    pub fn of(content_type: &str) -> Self {
        if content_type.contains("yaml") { Self::Yaml } else { Self::Json }
    }
}

/// A query that somebody posts, with its input.
#[derive(Debug, Clone, PartialEq)]
pub struct PostedQuery {
    /// The query; empty if there is none.
    pub query: String,
    /// The input.
    pub input: Option<Value>,
}

/// The input of a decision that is asked for with POST: what is at `input`; none for an empty body, without that key or with null
/// there.
///
/// # Errors
/// What is neither, or no JSON or YAML.
pub fn input(bytes: &[u8], form: Form) -> Result<Option<Value>, BodyError> {
    match whole(bytes, form)? {
        None => Ok(None),
        Some(value) => Ok(given(object(value, "types.alias")?.as_ref(), "input")),
    }
}

/// The input of a decision in the first version of the API: the body itself, null if it is empty.
///
/// # Errors
/// What is no JSON or YAML.
pub fn bare_input(bytes: &[u8], form: Form) -> Result<Value, BodyError> {
    Ok(whole(bytes, form)?.unwrap_or(Value::Null))
}

/// The input in a parameter: JSON and nothing after it.
///
/// # Errors
/// What is no JSON.
pub fn input_parameter(text: &str) -> Result<Value, BodyError> {
    if text.trim_matches(SPACE).is_empty() {
        return Err(end_of_text());
    }
    json_value(SourceId::default(), text).map_err(|diagnostic| {
        let prefix = if diagnostic.message.ends_with("after top-level value") { "error: " } else { "" };
        BodyError(format!("{prefix}{}", diagnostic.message))
    })
}

/// The document that is to be written.
///
/// # Errors
/// What is no JSON, and an empty body.
pub fn document(bytes: &[u8]) -> Result<Value, BodyError> {
    whole(bytes, Form::Json)?.ok_or_else(end_of_text)
}

/// The operations of a patch, one after the other, with their paths as they are written.
///
/// # Errors
/// What is no JSON or no list of operations.
pub fn patch(bytes: &[u8]) -> Result<Vec<PatchEntry>, BodyError> {
    let list = match document(bytes)? {
        Value::Array(list) => list,
        Value::Null => return Ok(Vec::new()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Set(_)) => {
            return Err(unfit(&other, "Go value of type []types.PatchV1"));
        }
    };
    let mut entries = Vec::new();
    for entry in &list {
        let fields = object(entry.clone(), "types.PatchV1")?;
        let fields = fields.as_ref();
        entries.push(PatchEntry {
            op: text(fields, "op", "PatchV1")?,
            path: text(fields, "path", "PatchV1")?,
            value: given(fields, "value").unwrap_or(Value::Null),
        });
    }
    Ok(entries)
}

/// One operation of a patch, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchEntry {
    /// What to do.
    pub op: String,
    /// Where.
    pub path: String,
    /// With what; null if nothing is said.
    pub value: Value,
}

impl PatchEntry {
    /// The operation, if there is one of the name.
    pub fn operation(&self) -> Option<Operation> {
        match &*self.op {
            "add" => Some(Operation::Add),
            "remove" => Some(Operation::Remove),
            "replace" => Some(Operation::Replace),
            _ => None,
        }
    }

    /// The keys that the path names below those of `root`; nothing if an escape is none. Escapes of URLs are read, and then those of
    /// JSON pointers.
    pub fn keys(&self, root: &str) -> Option<Vec<String>> {
        let (root, path) = (root.trim_matches('/'), self.path.trim_matches('/'));
        let whole = match (root, path) {
            (root, "") => Cow::Borrowed(root),
            ("", path) => Cow::Borrowed(path),
            (root, path) => Cow::Owned(format!("{root}/{path}")),
        };
        let keys = super::target::keys(&whole)?;
        Some(keys.into_iter().map(|key| key.replace("~1", "/").replace("~0", "~")).collect())
    }
}

/// A posted query.
///
/// # Errors
/// What is no JSON or has another form, and an empty body.
pub fn query(bytes: &[u8]) -> Result<PostedQuery, BodyError> {
    let fields = object(document(bytes)?, "types.QueryRequestV1")?;
    let fields = fields.as_ref();
    Ok(PostedQuery { query: text(fields, "query", "QueryRequestV1")?, input: given(fields, "input") })
}

/// The value of a body; nothing if it is empty.
fn whole(bytes: &[u8], form: Form) -> Result<Option<Value>, BodyError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    };
    if text.trim_matches(SPACE).is_empty() {
        return Ok(None);
    }
    let read = match form {
        Form::Json => first_json_value(SourceId::default(), &text),
        Form::Yaml => yaml(SourceId::default(), &text).map(|node| node.to_value()),
    };
    read.map(Some).map_err(|diagnostic| BodyError(diagnostic.message))
}

/// The fields of an object; nothing of null, which Go's decoder passes over.
fn object(value: Value, go_type: &str) -> Result<Option<Object>, BodyError> {
    match value {
        Value::Object(object) => Ok(Some(object)),
        Value::Null => Ok(None),
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_)) => {
            Err(unfit(&other, &format!("Go value of type {go_type}")))
        }
    }
}

/// What is at a key, which Go finds in whatever case it is written; nothing if null is there.
fn given(fields: Option<&Object>, name: &str) -> Option<Value> {
    let fields = fields?;
    let found = fields.get_str(name).or_else(|| {
        let mut entries = fields.iter();
        let is_it = |key: &Value| key.as_str().is_some_and(|key| key.eq_ignore_ascii_case(name));
        entries.find(|(key, _)| is_it(key)).map(|(_, value)| value)
    });
    found.filter(|value| !matches!(value, Value::Null)).cloned()
}

/// The text at a key; empty if nothing is there.
fn text(fields: Option<&Object>, name: &str, structure: &str) -> Result<String, BodyError> {
    match given(fields, name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.as_ref().to_owned()),
        Some(other) => Err(unfit(&other, &format!("Go struct field {structure}.{name} of type string"))),
    }
}

fn unfit(value: &Value, into: &str) -> BodyError {
    let what = match value {
        Value::Bool(_) => "bool",
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => value.type_name(),
    };
    BodyError(format!("json: cannot unmarshal {what} into {into}"))
}

fn end_of_text() -> BodyError {
    BodyError("EOF".to_owned())
}

/// What JSON has between values.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_is_at_its_key_in_any_case_and_null_is_none() {
        let read =
            |text: &str| input(text.as_bytes(), Form::Json).map(|value| value.map(|value| value.to_json()));
        for (text, expected) in [
            ("", None),
            (" \n", None),
            ("{}", None),
            ("null", None),
            (r#"{"input": null}"#, None),
            (r#"{"input": {"a": 1}, "x": 2} trailing"#, Some(r#"{"a":1}"#)),
            (r#"{"INPUT": 1}"#, Some("1")),
            (r#"{"input": 1, "input": 2}{"#, Some("2")),
        ] {
            assert_eq!(read(text).unwrap().as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("[1]", "json: cannot unmarshal array into Go value of type types.alias"),
            ("true", "json: cannot unmarshal bool into Go value of type types.alias"),
            ("{", "unexpected EOF"),
            (r#"{"input":}"#, "invalid character '}' looking for beginning of value"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_parameter_has_nothing_after_its_value() {
        assert_eq!(input_parameter("").unwrap_err().to_string(), "EOF");
        assert_eq!(input_parameter("{").unwrap_err().to_string(), "unexpected EOF");
        assert_eq!(
            input_parameter("1 2").unwrap_err().to_string(),
            "error: invalid character '2' after top-level value"
        );
        assert_eq!(input_parameter("null").unwrap(), Value::Null);
    }

    #[test]
    fn paths_of_patches_have_two_kinds_of_escapes() {
        let keys = |root: &str, path: &str| {
            let entry = PatchEntry { op: "add".to_owned(), path: path.to_owned(), value: Value::Null };
            entry.keys(root).map(|keys| keys.join("|"))
        };
        assert_eq!(keys("new", "/a~1b/c~0d/e%20f/g~01"), Some("new|a/b|c~d|e f|g~1".to_owned()));
        assert_eq!(keys("/", "/"), Some(String::new()));
        assert_eq!(keys("a/b", "-"), Some("a|b|-".to_owned()));
        assert_eq!(keys("a", "%zz"), None);
    }

    #[test]
    fn patches_are_lists_of_operations() {
        assert_eq!(patch(b"null").unwrap(), []);
        for (text, expected) in [
            ("", "EOF"),
            (r#"{"op":"add"}"#, "json: cannot unmarshal object into Go value of type []types.PatchV1"),
            (r#"[{"op":1}]"#, "json: cannot unmarshal number into Go struct field PatchV1.op of type string"),
            ("[3]", "json: cannot unmarshal number into Go value of type types.PatchV1"),
        ] {
            assert_eq!(patch(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
