//! Documents that are asked for again and again while somebody watches.

use std::sync::Arc;

use super::engine::{NativePolicy, NativeQuery};
use super::near::{Known, Left, Near, Record, Recording};
use super::observer::Observer;
use crate::policy::{EvalError, Evaluation, Request};
use crate::program::{Changes, InputReads, RuleId};
use crate::value::Value;

impl NativePolicy {
    /// Makes the document at a path below `data` ready to be evaluated and watched.
    pub fn question(&self, path: &[Arc<str>]) -> Question {
        Question(NativeQuery::document(self, path.iter().cloned().map(Value::String).collect()))
    }
}

/// A document of a policy, ready to be evaluated again and again while somebody watches.
#[derive(Debug)]
pub struct Question(NativeQuery);

impl Question {
    /// Takes over the patterns that a question to the same rules over other documents has compiled, so that they are compiled once.
    pub fn take_patterns(&mut self, other: &mut Self) {
        self.0.take_patterns(&mut other.0);
    }

    /// Evaluates once and lets `observer` watch; answers also the errors of built-in functions that were taken for undefined.
    pub fn watch<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
    ) -> (Evaluation, Vec<EvalError>, O) {
        let lowered = Arc::clone(&self.0.policy.lowered);
        self.0.run(&lowered.program, request, observer, lowered.options.optimise)
    }

    /// As [`watch`](Self::watch), and records what the rules come to, for evaluations [near](Self::watch_near) this one.
    pub fn record<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
    ) -> (Evaluation, Vec<EvalError>, O, Record) {
        self.recording(request, observer, |reads| Recording::new(reads))
    }

    /// As [`record`](Self::record), for evaluations of policies that are [changed](Self::watch_changed); also while something stands in
    /// for the input: so many inputs at most.
    pub fn record_for_changes<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        inputs: usize,
    ) -> (Evaluation, Vec<EvalError>, O, Record) {
        self.recording(request, observer, |reads| Recording::for_changes(reads, inputs))
    }

    fn recording<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        recording: impl FnOnce(&InputReads) -> Recording<'_>,
    ) -> (Evaluation, Vec<EvalError>, O, Record) {
        let lowered = Arc::clone(&self.0.policy.lowered);
        let optimise = lowered.options.optimise;
        let near = if optimise && !self.0.policy.strict_builtin_errors {
            Near::Recording(recording(lowered.input_reads()))
        } else {
            Near::Nothing
        };
        let (evaluation, errors, observer, left) =
            self.0.run_near(&lowered.program, request, observer, optimise, near);
        (evaluation, errors, observer, left.record)
    }

    /// As [`watch`](Self::watch), near an evaluation that this question has recorded: what can't have changed is not evaluated again.
    /// The answers are the same, and so is what an observer hears that can be [told again](Observer::RECALLS); others hear all of
    /// it anew.
    pub fn watch_near<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        record: &Record,
    ) -> (Evaluation, Vec<EvalError>, O) {
        let (evaluation, errors, observer, _) =
            self.known(request, observer, Near::Known(Known::new(record, None)));
        (evaluation, errors, observer)
    }

    /// As [`watch_near`](Self::watch_near), where another question has recorded the evaluation: one to a policy over the same base
    /// documents that has become this one's by some changes. Answers also whether not only the document comes to the same, but all
    /// that its rule asks for itself.
    pub fn watch_changed<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        (record, changes): (&Record, &Changes),
    ) -> (Evaluation, O, bool) {
        let (evaluation, _, observer, left) =
            self.known(request, observer, Near::Known(Known::new(record, Some(changes))));
        (evaluation, observer, left.is_all_same)
    }

    /// The first of these sets that is sure to have an element, or to be an error, where it had one in a recorded evaluation: one of this
    /// question, or of a policy that has become this one's by some changes. None if it takes more to find out.
    pub fn has_elements<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        (record, changes): (&Record, Option<&Changes>),
        sets: &[RuleId],
    ) -> Option<RuleId> {
        let lowered = Arc::clone(&self.0.policy.lowered);
        let (program, optimise) = (&lowered.program, lowered.options.optimise);
        if !record.had_elements(program, changes, sets) {
            return None;
        }
        let (found, ..) = self.0.run_machine(
            program,
            request,
            observer,
            optimise,
            Near::Known(Known::new(record, changes)),
            |machine, _| machine.has_elements(record, changes, sets),
        );
        found
    }

    /// The first of these sets that has an element in a recorded evaluation, and has it after some changes of the policy as well, whatever
    /// they are evaluated to: nothing that is changed is asked for by the clause that gives it.
    pub fn keeps_elements(&self, record: &Record, changes: &Changes, sets: &[RuleId]) -> Option<RuleId> {
        record.has_kept_elements(&self.0.policy.lowered.program, changes, sets)
    }

    fn known<O: Observer>(
        &mut self,
        request: &Request<'_>,
        observer: O,
        near: Near<'_>,
    ) -> (Evaluation, Vec<EvalError>, O, Left) {
        let lowered = Arc::clone(&self.0.policy.lowered);
        let (program, optimise) = (&lowered.program, lowered.options.optimise);
        self.0.run_near(program, request, observer, optimise, near)
    }
}
