//! Who may ask what: identities of clients, and the policy that every request has to pass.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use portcullis::document::{json_value, replaced, yaml};
use portcullis::rest::target::{self, Parameters};
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

use super::snapshot::Answered;
use super::wire::Problem;

/// How clients are identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Authentication {
    /// Not at all
    #[default]
    Off,
    /// By the bearer token
    Token,
    /// By the certificate that the client shows
    Tls,
}

/// Who decides whether a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Authorization {
    /// Nobody
    #[default]
    Off,
    /// The document `data.system.authz.allow`
    Basic,
}

/// A client by the certificate that it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The subject, as OPA writes it.
    pub(crate) subject: String,
    /// The SPIFFE ID, if the certificate has one.
    pub(crate) spiffe_id: Option<String>,
    /// All certificates that it showed, its own first, as OPA has them.
    pub(crate) certificates: Value,
}

/// Whether the body of a request is part of the question.
pub(super) fn wants_body(parts: &Parts) -> bool {
    let path = parts.uri.path();
    let mut segments = path.trim_start_matches('/').split('/');
    let first_two = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let is_api = matches!(first_two, ("v0", "data") | ("v1", "data" | "compile" | "query"));
    parts.method == axum::http::Method::POST && (path == "/" || is_api)
}

/// The question to the policy.
///
/// # Errors
/// A body that can't be read.
pub(super) fn input(
    parts: &Parts,
    parameters: &Parameters,
    body: &[u8],
    authentication: Authentication,
    peer: Option<&Peer>,
) -> Result<Value, Problem> {
    let mut input = Object::new();
    let mut put = |name: &str, value: Value| drop(input.insert(Value::from(name), value));
    put("path", path(parts.uri.path()));
    put("method", Value::from(parts.method.as_str().to_uppercase()));
    put("params", lists(parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()))));
    let named = parts.headers.iter().filter(|(name, _)| *name != header::HOST).map(|(name, value)| {
        let value = value.to_str().map_or_else(|_| replaced(value.as_bytes()), str::to_owned);
        (canonical(name.as_str()), value)
    });
    put("headers", lists(named));
    if !body.is_empty() {
        put("body", read(&parts.headers, body)?);
    }
    match authentication {
        Authentication::Off => {}
        Authentication::Token => {
            if let Some(token) = bearer(&parts.headers) {
                put("identity", Value::from(token));
            }
        }
        Authentication::Tls => {
            if let Some(peer) = peer {
                put("identity", Value::from(&*peer.subject));
                put("client_certificates", peer.certificates.clone());
                if let Some(id) = &peer.spiffe_id {
                    put("spiffe_id", Value::from(&**id));
                }
            }
        }
    }
    Ok(Value::Object(input))
}

/// What the answer means for the request.
///
/// # Errors
/// Why it is not answered.
pub(super) fn judge(answered: &Answered) -> Result<(), Problem> {
    let rejected = |message: &str| Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", message);
    match &answered.value {
        None => Err(Problem::internal("authorization policy missing or undefined")),
        Some(Value::Bool(true)) => Ok(()),
        Some(Value::Object(decision)) => match decision.get_str("allowed") {
            None => Err(Problem::internal("document missing or undefined")),
            Some(Value::Bool(true)) => Ok(()),
            Some(_) => {
                let reason = decision.get_str("reason").and_then(Value::as_str);
                Err(rejected(reason.unwrap_or(REJECTED)))
            }
        },
        Some(
            Value::Null
            | Value::Bool(false)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Set(_),
        ) => Err(rejected(REJECTED)),
    }
}

/// The segments of a path as the handlers take them: those of policies are split after their escapes are read.
fn path(path: &str) -> Value {
    let decoded = target::unescaped(path);
    let is_decoded = decoded
        .as_deref()
        .is_some_and(|decoded| decoded.starts_with("/v1/policies/") || decoded.starts_with("/v1/compile/"));
    let whole = if is_decoded { decoded.as_deref().unwrap_or(path) } else { path };
    let segments = whole.strip_prefix('/').unwrap_or(whole).split('/').map(|segment| {
        let text = if is_decoded { None } else { target::unescaped(segment) };
        Value::from(text.as_deref().unwrap_or(segment))
    });
    Value::Array(segments.collect())
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = replaced(body);
    let read = if content_type.is_some_and(|content_type| content_type.contains("yaml")) {
        yaml(SourceId::default(), &text).map(|node| node.to_value())
    } else {
        json_value(SourceId::default(), &text)
    };
    read.map_err(|diagnostic| Problem::invalid(diagnostic.message))
}

fn lists(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(Value::from(value));
    }
    let list = |(name, values): (String, Vec<Value>)| {
        (Value::from(name), Value::Array(values.into_iter().collect()))
    };
    Value::Object(all.into_iter().map(list).collect())
}

/// The name of a header as Go writes it.
fn canonical(name: &str) -> String {
    let mut starts = true;
    let char = |char: char| {
        let written = if starts { char.to_ascii_uppercase() } else { char };
        starts = char == '-';
        written
    };
    name.chars().map(char).collect()
}

/// The token of a request, as OPA reads it: other schemes, and several words, are none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = value.strip_prefix("Bearer")?;
    let trimmed = token.trim_start();
    let is_one = !trimmed.is_empty() && trimmed.len() < token.len() && !trimmed.contains(char::is_whitespace);
    is_one.then_some(trimmed)
}

const REJECTED: &str = "request rejected by administrative policy";
