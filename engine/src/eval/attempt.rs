//! Attempts: work that can be given up as if it had never begun.

use super::error::Result;
use super::frames::Outer;
use super::machine::Machine;
use super::observer::Observer;
use super::scope::Scope;
use crate::policy::ErrorCode;

/// Where evaluation stood before an attempt.
struct Checkpoint<'a> {
    frames: Outer,
    scope: Scope<'a>,
    epochs: usize,
    depth: u32,
}

impl<O: Observer> Machine<'_, O> {
    /// Does work that may turn out to be in vain: nothing if it ends in an error, or if a built-in function has one on the way.
    /// Then everything is as before, and whoever asked goes the long way, on which the error shows if it is due.
    ///
    /// # Errors
    /// That evaluation has to stop.
    pub(super) fn attempt_to<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        let before = Checkpoint {
            frames: self.frames.checkpoint(),
            scope: self.scope.clone(),
            epochs: self.memo.depth(),
            depth: self.budget.depth(),
        };
        let errors = self.builtin_errors.len();
        let outer = self.errors_before_attempt.replace(errors);
        self.enter_attempt(before.epochs);
        let outcome = work(self);
        self.leave_attempt(before.epochs);
        let is_in_vain = self.is_in_vain();
        self.errors_before_attempt = outer;
        self.builtin_errors.truncate(errors);
        match outcome {
            Ok(value) if !is_in_vain => return Ok(Some(value)),
            Err(stop) if matches!(stop.0.code, ErrorCode::Cancel | ErrorCode::Limit) => return Err(stop),
            Ok(_) | Err(_) => {}
        }
        self.frames.restore(before.frames);
        self.scope = before.scope;
        self.memo.leave_to(before.epochs);
        self.budget.set_depth(before.depth);
        Ok(None)
    }

    /// Whether a built-in function has had an error in the attempt under way, which will be given up. What is evaluated from there on
    /// must not be kept: on the long way it has to meet the error again.
    pub(super) fn is_in_vain(&self) -> bool {
        self.errors_before_attempt.is_some_and(|before| self.builtin_errors.len() > before)
    }
}
