//! How a decision came about, step by step.

use std::sync::Arc;
use std::time::Duration;

use portcullis::explain::{TraceEvent, TraceOperation, Watch};
use portcullis::policy::{Limits, Policy as _, Query, Request};
use portcullis::rest::target::Parameters;
use portcullis::value::Value;

use crate::engine::BuiltinErrors;
use crate::report::json_document::Json;
use crate::report::trace;
use crate::serve::decisions::snapshot::Snapshot;
use crate::serve::decisions::wire::Layout;

/// Which steps are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Explain {
    /// The notes of `trace`, and the bodies around them.
    Notes,
    /// What did not hold, and the bodies around it.
    Fails,
    /// Every step.
    Full,
    /// Every step, and what was made equal to what.
    Debug,
}

impl Explain {
    /// What the parameters ask for.
    pub(super) fn of(parameters: &Parameters) -> Option<Self> {
        parameters.values("explain").find_map(|value| match value {
            "notes" => Some(Self::Notes),
            "fails" => Some(Self::Fails),
            "full" => Some(Self::Full),
            "debug" => Some(Self::Debug),
            _ => None,
        })
    }

    pub(super) fn watch(self) -> Watch {
        match self {
            Self::Notes | Self::Fails | Self::Full => Watch::Trace,
            Self::Debug => Watch::Unifications,
        }
    }

    /// The steps among all that were taken.
    pub(super) fn steps(self, all: Vec<TraceEvent>) -> Vec<TraceEvent> {
        match self {
            Self::Notes => trace::around(all, TraceOperation::Note),
            Self::Fails => trace::around(all, TraceOperation::Fail),
            Self::Full | Self::Debug => all,
        }
    }
}

/// The steps of an evaluation that is made once more for it.
pub(super) fn of_document(
    snapshot: &Snapshot,
    text: &Arc<str>,
    input: Option<&Value>,
    errors: BuiltinErrors,
    explain: Explain,
    deadline: Duration,
) -> Option<Vec<TraceEvent>> {
    let mut prepared = snapshot.policy(errors).prepare(&Query::Text(Arc::clone(text))).ok()?;
    let request = Request { input, with: &[], limits: Limits { time: Some(deadline), ..Limits::default() } };
    let explained = tokio::task::block_in_place(|| prepared.explain(&request, explain.watch()))?;
    Some(explain.steps(explained.trace))
}

/// The steps as fields, or as lines where the answer is for people.
pub(super) fn json(steps: &[TraceEvent], layout: Layout) -> Json<'_> {
    match layout {
        Layout::Compact => trace::events(steps),
        Layout::Pretty => {
            let mut text = Vec::new();
            // Writing to memory does not fail.
            let _ = trace::write(steps, &mut text);
            let text = String::from_utf8_lossy(&text);
            let lines = text.trim_matches('\n').split('\n').map(|line| Json::Owned(Value::from(line)));
            Json::Array(lines.collect())
        }
    }
}
