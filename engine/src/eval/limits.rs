//! When an evaluation gives up.

use std::time::Duration;

use super::error::{Failure, Result};
use crate::host::Host;
use crate::policy::{Cancel, ErrorCode};
use crate::value::Value;

/// The bounds of one evaluation, and what was used of them.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    host: &'a dyn Host,
    cancel: Option<&'a Cancel>,
    deadline: Option<Duration>,
    steps: u64,
    /// At which step to look whether there may be more.
    next_check: u64,
    max_steps: u64,
    depth: u32,
    max_depth: u32,
    bytes: u64,
    max_bytes: u64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(host: &'a dyn Host, limits: crate::policy::Limits<'a>) -> Self {
        let deadline = limits.time.map(|time| host.monotonic().saturating_add(time));
        Self {
            host,
            cancel: limits.cancel,
            deadline,
            steps: 0,
            next_check: 0,
            max_steps: limits.steps.unwrap_or(u64::MAX),
            depth: 0,
            max_depth: limits.depth.unwrap_or(DEFAULT_DEPTH).min(DEFAULT_DEPTH),
            bytes: 0,
            max_bytes: limits.bytes.unwrap_or(DEFAULT_BYTES),
        }
    }

    /// Counts a step, and looks at the clock now and then.
    #[inline]
    pub(super) fn step(&mut self) -> Result<()> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps >= self.next_check { self.check() } else { Ok(()) }
    }

    /// Counts steps that were taken before and need not be taken again.
    pub(super) fn spend(&mut self, steps: u64) -> Result<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps >= self.next_check { self.check() } else { Ok(()) }
    }

    /// How many steps were taken.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether there may be more steps, and until when.
    #[cold]
    #[inline(never)]
    fn check(&mut self) -> Result<()> {
        if self.steps > self.max_steps {
            return Err(exceeded(format!("evaluation takes more than {} steps", self.max_steps)));
        }
        if self.steps.is_multiple_of(STEPS_BETWEEN_CHECKS) && self.is_over() {
            return Err(stopped());
        }
        let next_look =
            (self.steps / STEPS_BETWEEN_CHECKS).saturating_add(1).saturating_mul(STEPS_BETWEEN_CHECKS);
        self.next_check = next_look.min(self.max_steps.saturating_add(1));
        Ok(())
    }

    /// Whether the deadline passed or somebody asked to stop.
    pub(super) fn is_over(&self) -> bool {
        self.cancel.is_some_and(Cancel::is_cancelled)
            || self.deadline.is_some_and(|deadline| self.host.monotonic() >= deadline)
    }

    /// Goes one level deeper.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth >= self.max_depth {
            return Err(exceeded(format!("evaluation nests deeper than {} levels", self.max_depth)));
        }
        self.depth += 1;
        Ok(())
    }

    /// Counts a value that is kept: what it takes itself, without what it shares with others.
    #[inline]
    pub(super) fn keep(&mut self, value: &Value) -> Result<()> {
        let own = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(array) => array.len().saturating_mul(SLOT),
            Value::Set(set) => set.len().saturating_mul(SLOT),
            Value::Object(object) => object.len().saturating_mul(2 * SLOT),
        };
        self.keep_bytes(own.saturating_add(SLOT))
    }

    /// Counts so many values of a list that is kept.
    pub(super) fn keep_slots(&mut self, count: usize) -> Result<()> {
        self.keep_bytes(count.saturating_mul(SLOT))
    }

    #[inline]
    fn keep_bytes(&mut self, bytes: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.max_bytes { Err(self.too_much()) } else { Ok(()) }
    }

    #[cold]
    fn too_much(&self) -> super::error::Stop {
        exceeded(format!("evaluation keeps more than {} bytes of values", self.max_bytes))
    }

    /// How many levels deep the evaluation is.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// Comes back up to a level.
    pub(super) fn set_depth(&mut self, depth: u32) {
        self.depth = depth;
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

/// That a limit was passed; OPA has no such error.
fn exceeded(message: String) -> super::error::Stop {
    Failure::stop(ErrorCode::Limit, message, None)
}

/// A look at the clock costs tens of nanoseconds, a step often less.
const STEPS_BETWEEN_CHECKS: u64 = 512;

/// No policy that people write comes near; the stack for it stays below a few hundred MiB.
const DEFAULT_DEPTH: u32 = 50_000;

/// More than evaluations that end within their time come to, and less than what machines have.
const DEFAULT_BYTES: u64 = 4 << 30;

/// What a value takes in a list.
const SLOT: usize = size_of::<Value>();
