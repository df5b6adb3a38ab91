//! What a client prefers: to wait for a change, and to get changes only.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

/// The preferences of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Preferences {
    /// For how long the client would wait for a change.
    pub(super) wait: Duration,
    /// Whether it takes a delta.
    pub(super) delta: Answers,
}

/// The forms of a bundle that a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Answers {
    /// Whole bundles.
    #[default]
    Snapshots,
    /// Deltas too.
    Deltas,
}

impl Preferences {
    /// Reads `Prefer`. OPA writes `modes=snapshot,delta;wait=10`, where by RFC 7240 the comma begins another preference, so both
    /// marks separate here. Unknown preferences are ignored, as the RFC says; of several `wait` the first counts.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut wait = None;
        let mut delta = Answers::Snapshots;
        for value in headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok()) {
            for preference in value.split([',', ';', '"']).map(str::trim) {
                let (name, value) = match preference.split_once('=') {
                    Some((name, value)) => (name.trim_end(), value.trim_start()),
                    None => ("modes", preference),
                };
                if name.eq_ignore_ascii_case("modes") && value.eq_ignore_ascii_case("delta") {
                    delta = Answers::Deltas;
                } else if name.eq_ignore_ascii_case("wait") && wait.is_none() {
                    wait = value.parse().ok().map(Duration::from_secs);
                }
            }
        }
        Self { wait: wait.unwrap_or_default(), delta }
    }
}

const PREFER: HeaderName = HeaderName::from_static("prefer");

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn preferences_are_read_as_opa_writes_them_and_as_others_might() {
        for (values, wait, delta) in [
            (&[][..], 0, Answers::Snapshots),
            (&["modes=snapshot,delta"], 0, Answers::Deltas),
            (&["modes=snapshot,delta;wait=10"], 10, Answers::Deltas),
            (&["modes=snapshot;wait=10"], 10, Answers::Snapshots),
            (&["wait=7"], 7, Answers::Snapshots),
            (&["Wait = 7, respond-async"], 7, Answers::Snapshots),
            (&["modes=\"snapshot,delta\"", "wait=3"], 3, Answers::Deltas),
            (&["wait=3", "wait=9"], 3, Answers::Snapshots),
            (&["wait=x"], 0, Answers::Snapshots),
            (&["wait=-1"], 0, Answers::Snapshots),
            (&["wait=99999999999999999999999"], 0, Answers::Snapshots),
            (&["wait"], 0, Answers::Snapshots),
            (&[""], 0, Answers::Snapshots),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(PREFER, HeaderValue::from_static(value));
            }
            let expected = Preferences { wait: Duration::from_secs(wait), delta };
            assert_eq!(Preferences::of(&headers), expected, "{values:?}");
        }
    }
}
