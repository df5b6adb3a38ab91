//! Counts decisions about whether something is allowed, and why it is not.

use portcullis::value::{Object, Value};

use super::Api;
use crate::serve::metrics::UNKNOWN_CALLER;

impl Api {
    /// Counts what was decided, where a path or a value tells that it is about allowing something.
    pub(super) fn count(&self, path: &str, value: Option<&Value>) {
        let is_question = matches!(path.trim_end_matches('/').rsplit('/').next(), Some("allow" | "allowed"));
        let decision = value.and_then(Value::as_object);
        let field = |name: &str| decision.and_then(|decision| decision.get_str(name));
        let allowed = match value {
            Some(Value::Bool(allowed)) if is_question => Some(*allowed),
            None if is_question => Some(false),
            _ => field("allow").or_else(|| field("allowed")).and_then(Value::as_bool),
        };
        if let Some(allowed) = allowed {
            self.metrics.decided(allowed, decision.and_then(reason).unwrap_or_default());
        }
    }
}

/// The one reason that a denial is counted by, so that there are as many reasons as denials: that the caller is unknown, wherever
/// that stands, or else the first one.
fn reason(decision: &Object) -> Option<&str> {
    let reasons = || decision.get_str("reasons").and_then(Value::as_array).into_iter().flatten();
    let one = decision.get_str("reason").and_then(Value::as_str);
    let mut all = one.into_iter().chain(reasons().filter_map(Value::as_str));
    if all.any(|reason| matches!(reason, UNKNOWN_CALLER | CALLER_TRUST_DOMAIN_UNKNOWN)) {
        return Some(UNKNOWN_CALLER);
    }
    one.or_else(|| reasons().next().and_then(Value::as_str))
}

/// What the shipped policy says of a caller whom nobody vouches for.
const CALLER_TRUST_DOMAIN_UNKNOWN: &str = "caller_trust_domain_unknown";
