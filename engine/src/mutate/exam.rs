//! Tests as mutants sit them: one policy after the other is asked the same questions.

use std::sync::Arc;

use crate::eval::{NativePolicy, Observer, Question, Recaller, Record};
use crate::policy::{Limits, Request};
use crate::program::Changes;
use crate::suite::run::verdict;
use crate::suite::{TestBody, TestId, Verdict};

/// A test that mutants have to pass.
#[derive(Debug, Clone)]
pub struct Exam {
    /// Its name.
    pub id: TestId,
    /// The position of the set that it asks.
    pub set: usize,
    /// What it does; the policy in it is not asked.
    pub body: TestBody,
}

/// Asks one policy.
pub(super) struct Examiner<'p> {
    policy: &'p NativePolicy,
    /// What was asked last, of this policy or of another one: patterns that it has compiled need not be compiled again.
    last: Option<Last>,
}

/// The question that was asked last.
pub(super) struct Last {
    question: Question,
    /// What it asks for of this policy; nothing if it asks another one.
    path: Option<Vec<Arc<str>>>,
}

impl<'p> Examiner<'p> {
    /// After another one, which asked another policy.
    pub(super) fn new(policy: &'p NativePolicy, after: Option<Last>) -> Self {
        Self { policy, last: after.map(|last| Last { path: None, ..last }) }
    }

    /// For the next one.
    pub(super) fn into_last(self) -> Option<Last> {
        self.last
    }

    /// What comes of a test, and whoever watched.
    pub(super) fn watch<O: Observer>(&mut self, body: &TestBody, observer: O) -> (Verdict, O) {
        let Some((path, request)) = asked(body) else { return (Verdict::Skip { reason: None }, observer) };
        let (evaluation, _, observer) = self.question(path).watch(&request, observer);
        (verdict(body, evaluation), observer)
    }

    /// What comes of a test, and what its evaluation went through.
    pub(super) fn record(&mut self, body: &TestBody) -> Option<(Verdict, Record)> {
        let (path, request) = asked(body).filter(|(_, request)| request.with.is_empty())?;
        let (evaluation, _, Recaller, record) =
            self.question(path).record_for_changes(&request, Recaller, MAX_INPUTS);
        Some((verdict(body, evaluation), record))
    }

    /// What comes of a test, where the evaluation of another policy was recorded that has become this one by some changes.
    pub(super) fn watch_changed(&mut self, body: &TestBody, known: (&Record, &Changes)) -> Verdict {
        let Some((path, request)) = asked(body) else { return Verdict::Skip { reason: None } };
        let (evaluation, Recaller, _) = self.question(path).watch_changed(&request, Recaller, known);
        verdict(body, evaluation)
    }

    fn question(&mut self, path: &[Arc<str>]) -> &mut Question {
        let last = match self.last.take() {
            Some(last) if last.path.as_deref() == Some(path) => last,
            other => {
                let mut question = self.policy.question(path);
                if let Some(mut other) = other {
                    question.take_patterns(&mut other.question);
                }
                Last { question, path: Some(path.to_vec()) }
            }
        };
        &mut self.last.insert(last).question
    }
}

/// What a test asks for, and how; nothing if it can't be asked of another policy.
fn asked(body: &TestBody) -> Option<(&[Arc<str>], Request<'_>)> {
    let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
    let plain = Request { limits, ..Request::default() };
    match body {
        TestBody::Rego { path, .. } | TestBody::Cases { path, .. } => Some((path, plain)),
        TestBody::Table { case, .. } => {
            Some((&*case.query, Request { input: case.input.as_ref(), with: &case.with, ..plain }))
        }
        TestBody::Property { .. } | TestBody::Broken(_) | TestBody::Skipped { .. } => None,
    }
}

/// A mutant that makes a test take more has been noticed.
const MAX_STEPS: u64 = 20_000_000;

/// With how many inputs a test asks at most so that it is kept what each came to.
const MAX_INPUTS: usize = 500;
