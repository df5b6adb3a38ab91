//! A decision as the server tells it, and what the log asks of the server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portcullis::value::Value;

/// What was decided.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// A UUID.
    #[expect(clippy::struct_field_names, reason = "OPA's name for it")]
    pub(crate) decision_id: String,
    /// The document that was asked for, by its path without `data` and without a slash in front; none for queries.
    pub(crate) path: Option<String>,
    /// The query, if it was one.
    pub(crate) query: Option<String>,
    /// `None` if there was no input; null is an input.
    pub(crate) input: Option<Value>,
    /// `None` if the answer was undefined, or an error.
    pub(crate) result: Option<Value>,
    /// The error in the form in which the client got it.
    pub(crate) error: Option<Value>,
    /// The address of the client.
    pub(crate) requested_by: String,
    /// When it was asked.
    pub(crate) timestamp: Timestamp,
    /// Timers in nanoseconds and counters, by OPA's names.
    pub(crate) metrics: Vec<(String, u64)>,
    /// Which request of this process it was, from 1 on.
    pub(crate) req_id: u64,
    /// The revisions of the active bundles by name; empty where a bundle states none.
    pub(crate) bundles: BTreeMap<String, String>,
    /// Those headers of [`super::DecisionLog::headers`] that the request has, by the name there.
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    /// The id of the trace that the request belongs to, as in its `traceparent`.
    pub(crate) trace_id: Option<String>,
}

/// Evaluates documents of the policies and data that a decision was made with.
pub(crate) trait Ask {
    /// The document at `path` below `data`.
    fn ask(&self, path: &[&str], input: &Value) -> Outcome;
}

/// What a document comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is no such document, or no rule of it holds.
    Undefined,
    Value(Value),
    /// In the engine's words.
    Error(String),
}
