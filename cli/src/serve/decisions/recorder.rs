//! Tells the decision log of decisions.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use portcullis::rest::target;
use portcullis::value::Value;

use super::new_id;
use super::snapshot::Snapshot;
use super::wire::Problem;
use crate::engine::BuiltinErrors;
use crate::serve::decision_log::{Ask, Decision, DecisionLog, Outcome};

/// Tells of decisions, as far as anybody reads of them.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) log: DecisionLog,
    requests: AtomicU64,
}

/// A decision that is being made.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: String,
    client: SocketAddr,
    timestamp: Timestamp,
    request: u64,
    headers: BTreeMap<String, Vec<String>>,
    trace_id: Option<String>,
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Path(&'a str),
    Query(&'a str),
}

impl Recorder {
    pub(super) fn new(log: DecisionLog) -> Self {
        Self { log, requests: AtomicU64::new(0) }
    }

    /// Counts a request, and says which one of this process it is.
    pub(super) fn count(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Begins a decision if anybody wants to know of it.
    pub(super) fn begin(&self, client: SocketAddr, request: u64, headers: &HeaderMap) -> Option<Pending> {
        if !self.log.wants() {
            return None;
        }
        let text = |name: &str| -> Vec<String> {
            let values = headers.get_all(name).iter();
            values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
        };
        let wanted = self.log.headers().iter().map(|name| (name.clone(), text(name)));
        let trace = text("traceparent");
        let trace_id = trace.first().and_then(|parent| parent.split('-').nth(1)).map(str::to_owned);
        Some(Pending {
            id: new_id(),
            client,
            timestamp: Timestamp::now(),
            request,
            headers: wanted.filter(|(_, values)| !values.is_empty()).collect(),
            trace_id,
        })
    }

    /// Tells what was decided, by a version of policies and data.
    pub(super) fn end(
        &self,
        pending: Pending,
        subject: Subject<'_>,
        input: Option<&Value>,
        result: Result<Option<Value>, &Problem>,
        metrics: Vec<(String, u64)>,
        (snapshot, deadline): (&Snapshot, Duration),
    ) {
        let (path, query) = match subject {
            Subject::Path(path) => (Some(path.trim_matches('/').to_owned()), None),
            Subject::Query(query) => (None, Some(query.to_owned())),
        };
        let (result, error) = match result {
            Ok(result) => (result, None),
            Err(problem) => (None, Some(error(problem))),
        };
        let decision = Decision {
            decision_id: pending.id,
            path,
            query,
            input: input.cloned(),
            result,
            error,
            requested_by: pending.client.to_string(),
            timestamp: pending.timestamp,
            metrics,
            req_id: pending.request,
            bundles: snapshot.revisions(),
            headers: pending.headers,
            trace_id: pending.trace_id,
        };
        self.log.record(decision, &By { snapshot, deadline });
    }
}

/// The error as OPA logs it: what an evaluation ended with, or else what the client is told.
fn error(problem: &Problem) -> Value {
    let whole = problem.to_value();
    let errors = whole.lookup(&["errors"]).and_then(Value::as_array);
    errors.and_then(|errors| errors.get(0)).cloned().unwrap_or(whole)
}

/// Asks what decided.
struct By<'s> {
    snapshot: &'s Snapshot,
    deadline: Duration,
}

impl Ask for By<'_> {
    fn ask(&self, path: &[&str], input: &Value) -> Outcome {
        let keys: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let path = target::shown(&keys);
        match self.snapshot.ask(&path, Some(input), BuiltinErrors::Undefined, self.deadline) {
            Ok(answered) => answered.value.map_or(Outcome::Undefined, Outcome::Value),
            Err(problem) => {
                let first = problem.errors.first();
                Outcome::Error(first.map_or(problem.message.clone(), |error| error.message.clone()))
            }
        }
    }
}
