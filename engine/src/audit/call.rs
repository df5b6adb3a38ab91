//! A call of one agent to another, and what a policy says of it.

use std::fmt;
use std::sync::Arc;

use crate::value::{Object, Value};

/// One agent calls another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The SPIFFE ID of who calls.
    pub caller: Arc<str>,
    /// The SPIFFE ID of who is called.
    pub callee: Arc<str>,
    /// What it is called for.
    pub action: Arc<str>,
}

/// What a policy says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be made.
    pub allowed: bool,
    /// Why, in the policy's words and order; empty where it has none.
    pub reasons: Vec<String>,
    /// The ids of the grants that name the call, as the policy tells them; also some that something else overruled.
    pub grants: Vec<String>,
}

/// Why a document is not the decision on a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is {found}, and a decision is a boolean, or an object with a boolean `allow`")]
pub struct VerdictError {
    found: &'static str,
}

impl Call {
    /// The input that `agentweave.authz` takes.
    pub fn input(&self) -> Value {
        input(Value::String(Arc::clone(&self.caller)), Value::String(Arc::clone(&self.callee)), &self.action)
    }
}

/// The input that `agentweave.authz` takes, of a caller and a callee that are values already.
#[expect(clippy::similar_names, reason = "caller and callee are the field's words")]
pub fn input(caller: Value, callee: Value, action: &Arc<str>) -> Value {
    let fields = [
        ("caller_spiffe_id", caller),
        ("callee_spiffe_id", callee),
        ("action", Value::String(Arc::clone(action))),
    ];
    Value::Object(Object::from_iter(fields.map(|(name, value)| (Value::from(name), value))))
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {}", self.caller, self.callee, self.action)
    }
}

impl Verdict {
    /// Reads a decision: a boolean, or an object with a boolean `allow` and, if there are any, `reasons` and
    /// `matched_grants`, lists or sets of texts.
    ///
    /// # Errors
    /// Anything else: it is no answer, and least of all a yes.
    pub fn of(document: &Value) -> Result<Self, VerdictError> {
        let (allowed, rest) = match document {
            Value::Bool(allowed) => (Some(*allowed), None),
            Value::Object(object) => (object.get_str("allow").and_then(Value::as_bool), Some(object)),
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Set(_) => {
                (None, None)
            }
        };
        let found = match document {
            Value::Object(object) if object.get_str("allow").is_some() => {
                "an object whose `allow` is no boolean"
            }
            Value::Object(_) => "an object without `allow`",
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Set(_) => document.describe(),
        };
        let allowed = allowed.ok_or(VerdictError { found })?;
        let list = |name: &str| rest.and_then(|object| object.get_str(name)).map(texts).unwrap_or_default();
        Ok(Self { allowed, reasons: list("reasons"), grants: list("matched_grants") })
    }

    /// Whether the policy says that it doesn't know such a caller or callee: it has another form of ids than SPIFFE's.
    pub fn finds_malformed(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(&**reason, "caller_id_malformed" | "callee_id_malformed"))
    }
}

/// The elements of a list or a set, or the one thing that is there.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_json(), str::to_owned);
    match value {
        Value::Array(array) => array.iter().map(text).collect(),
        Value::Set(set) => set.iter().map(text).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![text(value)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json_value;
    use crate::source::SourceId;

    fn verdict(text: &str) -> Result<Verdict, String> {
        let value = json_value(SourceId::default(), text).expect("a document");
        Verdict::of(&value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_decision_is_a_boolean_or_has_one() {
        let plain = |allowed| Ok(Verdict { allowed, reasons: Vec::new(), grants: Vec::new() });
        assert_eq!(verdict("true"), plain(true));
        assert_eq!(verdict("false"), plain(false));
        let full = r#"{"allow": false, "reasons": ["b", "a", 1], "matched_grants": ["g"], "more": 1}"#;
        let reasons = ["b", "a", "1"].map(str::to_owned).to_vec();
        assert_eq!(verdict(full), Ok(Verdict { allowed: false, reasons, grants: vec!["g".to_owned()] }));
    }

    #[test]
    fn anything_else_is_no_decision() {
        for text in [
            "null",
            "1",
            "\"true\"",
            "[true]",
            "{}",
            r#"{"allow": "true"}"#,
            r#"{"allow": 1}"#,
            r#"{"Allow": true}"#,
        ] {
            assert!(verdict(text).is_err(), "{text}");
        }
    }
}
