//! A policy under question: asked for a decision again and again, and watched when somebody wants to know why.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::decision::{Decision, Verdict};
use super::edit::Case;
use super::steps::Steps;
use crate::eval::{NativePolicy, NoObserver, Observer, Question, Recaller, Record};
use crate::policy::{EvalError, Limits, Outcome, Request};
use crate::program::{Changes, RuleId};
use crate::value::Value;

/// A policy and the decision of it that is in question.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The policy.
    pub policy: NativePolicy,
    /// The decision.
    pub decision: Decision,
}

impl Subject {
    /// Somebody who asks, over these base documents; each thread needs one of its own.
    pub fn judge(&self, data: &Value) -> Judge {
        let policy = if self.policy.data() == data {
            self.policy.clone()
        } else {
            self.policy.with_data(data.clone())
        };
        Judge { question: policy.question(&self.decision.path), decision: self.decision.clone() }
    }

    /// The value of the decision on a case; none if it is undefined or an error.
    pub fn value(&self, case: &Case) -> Option<Value> {
        self.judge(&case.data).value(case.input.as_ref())
    }
}

/// Asks one policy over one set of base documents.
#[derive(Debug)]
pub struct Judge {
    question: Question,
    decision: Decision,
}

impl Judge {
    /// The verdict on an input.
    pub fn ask(&mut self, input: Option<&Value>) -> Verdict {
        self.watch(input, NoObserver).0
    }

    /// As [`ask`](Self::ask), where what depends on nothing in the input is known from the times before.
    pub fn ask_again(&mut self, input: Option<&Value>) -> Verdict {
        self.watch(input, Recaller).0
    }

    /// The value of the decision on an input; none if it is undefined or an error.
    pub fn value(&mut self, input: Option<&Value>) -> Option<Value> {
        let request = limited(input);
        let (evaluation, _, NoObserver) = self.question.watch(&request, NoObserver);
        let Outcome::Defined(results) = evaluation.outcome else { return None };
        results.into_iter().next()?.expressions.into_iter().next().map(|expression| expression.value)
    }

    /// The verdict on an input, the errors of built-in functions on the way, and whoever watched.
    pub fn watch<O: Observer>(&mut self, input: Option<&Value>, observer: O) -> (Verdict, Vec<EvalError>, O) {
        let request = limited(input);
        let (evaluation, errors, observer) = self.question.watch(&request, observer);
        (self.decision.verdict(&evaluation), errors, observer)
    }

    /// The verdict on an input, the errors of built-in functions on the way, and what the evaluation went through, which is
    /// put where `steps` was.
    pub fn follow(&mut self, input: Option<&Value>, steps: &mut Steps) -> (Verdict, Vec<EvalError>) {
        steps.restart();
        let (verdict, errors, steps) = self.watch(input, steps);
        steps.has_error = !errors.is_empty();
        (verdict, errors)
    }

    /// Evaluates an input and records what the rules come to, for inputs that are [near](Self::follow_near) it.
    pub fn record(&mut self, input: Option<&Value>, steps: &mut Steps) -> Record {
        steps.restart();
        let (_, errors, steps, record) = self.question.record(&limited(input), steps);
        steps.has_error = !errors.is_empty();
        record
    }

    /// The verdict on an input, and what is recorded of it for judges of [changed](Self::ask_changed) policies.
    pub fn record_for_changes(&mut self, input: Option<&Value>, steps: &mut Steps) -> (Verdict, Record) {
        steps.restart();
        let request = limited(input);
        let (evaluation, errors, steps, record) = self.question.record_for_changes(&request, steps, 0);
        steps.has_error = !errors.is_empty();
        (self.decision.verdict(&evaluation), record)
    }

    /// The verdict on an input that another judge has recorded: one of a policy over the same base documents that has become this one's
    /// by some changes. Answers also whether all that the decision asks for itself is known to come to the same.
    pub fn ask_changed(
        &mut self,
        input: Option<&Value>,
        record: &Record,
        changes: &Changes,
    ) -> (Verdict, bool) {
        let request = limited(input);
        let (evaluation, Recaller, is_all_same) =
            self.question.watch_changed(&request, Recaller, (record, changes));
        (self.decision.verdict(&evaluation), is_all_same)
    }

    /// The first of these [sets of objections](super::objections) that keeps everybody out as it did on an input that is recorded: by this
    /// judge, or on the same input by that of a policy that has become this one's by some changes. None if more has to be evaluated.
    pub fn still_objects(
        &mut self,
        input: Option<&Value>,
        record: &Record,
        changes: Option<&Changes>,
        sets: &[RuleId],
    ) -> Option<RuleId> {
        let kept = changes.and_then(|changes| self.question.keeps_elements(record, changes, sets));
        kept.or_else(|| self.question.has_elements(&limited(input), Recaller, (record, changes), sets))
    }

    /// The verdict on an input near one that this judge has recorded, as [`follow`](Self::follow) gives it.
    pub fn follow_near(
        &mut self,
        input: Option<&Value>,
        record: &Record,
        steps: &mut Steps,
    ) -> (Verdict, Vec<EvalError>) {
        steps.restart();
        let request = limited(input);
        let (evaluation, errors, steps) = self.question.watch_near(&request, steps, record);
        steps.has_error = !errors.is_empty();
        (self.decision.verdict(&evaluation), errors)
    }
}

/// Asks about an input, within the steps that a decision may take.
fn limited(input: Option<&Value>) -> Request<'_> {
    let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
    Request { input, with: &[], limits }
}

/// Judges of one policy by base documents: most cases of a run share them.
#[derive(Debug)]
pub struct Bench<'s> {
    subject: &'s Subject,
    judges: BTreeMap<Value, Judge>,
    /// Who was asked last, and by which documents.
    last: Option<(Value, Judge)>,
    /// How many others are kept.
    room: usize,
}

impl<'s> Bench<'s> {
    /// Nobody was asked yet.
    pub fn new(subject: &'s Subject) -> Self {
        Self { subject, judges: BTreeMap::new(), last: None, room: MAX_JUDGES }
    }

    /// As [`new`](Self::new) where there are many benches: it keeps one judge or two.
    pub fn small(subject: &'s Subject) -> Self {
        Self { room: 1, ..Self::new(subject) }
    }

    /// The policy that they judge by.
    pub fn subject(&self) -> &'s Subject {
        self.subject
    }

    /// Who is asked over these base documents.
    pub fn judge(&mut self, data: &Value) -> &mut Judge {
        let (_, judge) = match self.last.take() {
            Some((known, judge)) if known == *data => self.last.insert((known, judge)),
            other => {
                let mut judge = self.judges.remove(data).unwrap_or_else(|| self.subject.judge(data));
                if let Some((known, mut other)) = other {
                    judge.question.take_patterns(&mut other.question);
                    if self.judges.len() >= self.room {
                        self.judges.clear();
                    }
                    self.judges.insert(known, other);
                }
                self.last.insert((data.clone(), judge))
            }
        };
        judge
    }

    /// The verdict on a case.
    pub fn ask(&mut self, case: &Case) -> Verdict {
        self.judge(&case.data).ask(case.input.as_ref())
    }
}

/// Benches that several threads take turns at, so that indexes and patterns are made once and not for each piece of work.
#[derive(Debug)]
pub struct Benches<'s> {
    subject: &'s Subject,
    idle: Mutex<Vec<Bench<'s>>>,
}

impl<'s> Benches<'s> {
    /// None was needed yet.
    pub fn new(subject: &'s Subject) -> Self {
        Self { subject, idle: Mutex::new(Vec::new()) }
    }

    /// Does a piece of work with one that nobody else has until it is done. What it finds doesn't depend on which.
    pub fn with<R>(&self, work: impl FnOnce(&mut Bench<'s>) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut bench = taken.unwrap_or_else(|| Bench::new(self.subject));
        let result = work(&mut bench);
        idle().push(bench);
        result
    }
}

/// An evaluation that takes more is no decision that anybody waits for.
const MAX_STEPS: u64 = 2_000_000;

/// How many sets of base documents stay indexed at a time.
const MAX_JUDGES: usize = 64;
