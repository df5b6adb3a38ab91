//! Counts what became of events, for one sink.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::serve::metrics::Metrics;

/// Why an event never got to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// More came in a second than `max_decisions_per_second`.
    Rate,
    /// There was no room for it until it could be brought.
    Full,
    /// It is larger than what the place takes.
    TooLarge,
    /// The policy that drops, or the one that masks, failed.
    Policy,
}

impl Lost {
    fn label(self) -> &'static str {
        match self {
            Self::Rate => "rate_limit_exceeded",
            Self::Full => "buffer_size_limit_exceeded",
            Self::TooLarge => "encoding_failure",
            Self::Policy => "policy_failed",
        }
    }
}

/// Counts for one sink. A copy counts the same.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    name: Arc<str>,
    metrics: Metrics,
    lost: Arc<AtomicU64>,
}

impl Tally {
    pub(super) fn new(name: &str, metrics: Metrics) -> Self {
        Self { name: name.into(), metrics, lost: Arc::default() }
    }

    /// What the sink is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn written(&self, events: u64) {
        self.metrics.decisions_written(&self.name, events);
    }

    pub(super) fn lost(&self, why: Lost, events: u64) {
        if events > 0 {
            self.lost.fetch_add(events, Ordering::Relaxed);
            self.metrics.decisions_lost(&self.name, why.label(), events);
        }
    }

    /// Counts an attempt that failed; the events are still there.
    pub(super) fn failed(&self) {
        self.metrics.decision_log_failed(&self.name);
    }

    /// How many events were lost since this was asked last.
    pub(super) fn lost_since(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}
