//! What `http.send` returns.

use std::collections::BTreeMap;

use crate::builtins::crypto::shape::{array, object};
use crate::builtins::jwt::text;
use crate::host::HttpResponse;
use crate::source::SourceId;
use crate::value::{Object, Value};

/// How to read a body whatever the response says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decode {
    ByContentType,
    Json,
    Yaml,
}

/// The response as an object. A body that can't be decoded is null.
pub(super) fn to_value(response: &HttpResponse, decode: Decode) -> Value {
    let content_type = header(response, "content-type");
    let body = text(&response.body);
    let is_yaml = content_type.contains("application/yaml") || content_type.contains("application/x-yaml");
    let decoded = if decode == Decode::Json || is_json(content_type) {
        crate::document::json(SourceId::default(), &body).ok()
    } else if decode == Decode::Yaml || is_yaml {
        crate::document::yaml(SourceId::default(), &body).ok()
    } else {
        None
    };
    object([
        ("body", decoded.map_or(Value::Null, |node| node.to_value())),
        ("headers", headers(response)),
        ("raw_body", Value::from(body)),
        ("status", Value::from(response.status.as_str())),
        ("status_code", Value::from(u64::from(response.status_code))),
    ])
}

/// What stands in place of a response when errors are not raised.
pub(super) fn error(code: &str, message: &str) -> Value {
    let error = object([("code", Value::from(code)), ("message", Value::from(message))]);
    object([("error", error), ("status_code", Value::from(0_u64))])
}

/// The first value of a header; empty without one.
pub(super) fn header<'a>(response: &'a HttpResponse, name: &str) -> &'a str {
    let found = response.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value.as_str())
}

fn headers(response: &HttpResponse) -> Value {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in &response.headers {
        values.entry(name.to_lowercase()).or_default().push(Value::from(value.as_str()));
    }
    let entries = values.into_iter().map(|(name, values)| (Value::from(name), array(values)));
    Value::Object(entries.collect::<Object>())
}

/// Whether a content type is `application/json` or `application/…+json`, with right parameters if any.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let kind = parts.next().unwrap_or_default().trim().to_lowercase();
    let parameter = |parameter: &str| {
        let parameter = parameter.trim();
        parameter.is_empty()
            || parameter.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
    };
    kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
        && !kind.get("application/".len()..).is_some_and(|kind| kind.contains('/'))
        && parts.all(parameter)
}
