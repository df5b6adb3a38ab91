//! When an evaluation gives up.

use std::time::Duration;

use super::error::{Failure, Result};
use crate::host::Host;
use crate::policy::{Cancel, ErrorCode};

/// The bounds of one evaluation, and what was used of them.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    host: &'a dyn Host,
    cancel: Option<&'a Cancel>,
    deadline: Option<Duration>,
    steps: u64,
    depth: u32,
}

impl<'a> Budget<'a> {
    pub(super) fn new(host: &'a dyn Host, limits: crate::policy::Limits<'a>) -> Self {
        let deadline = limits.time.map(|time| host.monotonic().saturating_add(time));
        Self { host, cancel: limits.cancel, deadline, steps: 0, depth: 0 }
    }

    /// Counts a step, and looks at the clock now and then.
    pub(super) fn step(&mut self) -> Result<()> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(STEPS_BETWEEN_CHECKS) && self.is_over() {
            Err(stopped())
        } else {
            Ok(())
        }
    }

    /// Whether the deadline passed or somebody asked to stop.
    pub(super) fn is_over(&self) -> bool {
        self.cancel.is_some_and(Cancel::is_cancelled)
            || self.deadline.is_some_and(|deadline| self.host.monotonic() >= deadline)
    }

    /// Goes one level deeper.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::stop(
                ErrorCode::Internal,
                format!("evaluation nests deeper than {MAX_DEPTH} levels"),
                None,
            ));
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back up.
    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// That the evaluation was asked to stop, in OPA's words.
pub(super) fn stopped() -> super::error::Stop {
    Failure::stop(ErrorCode::Cancel, "caller cancelled query execution", None)
}

/// Runs `work` with enough stack for one more level, wherever the caller's stack comes from.
pub(super) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}

/// A look at the clock costs tens of nanoseconds, a step often less.
const STEPS_BETWEEN_CHECKS: u64 = 512;

/// No policy that people write comes near; the stack for it stays below a few hundred MiB.
const MAX_DEPTH: u32 = 50_000;

/// More than one level needs, built-in functions included.
const RED_ZONE: usize = 128 * 1024;

/// What is added when the stack runs out.
const SEGMENT: usize = 4 * 1024 * 1024;
