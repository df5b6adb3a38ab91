//! One of two versions, asked again and again over several sets of base documents.

use std::collections::BTreeMap;

use super::Answer;
use crate::eval::{NoObserver, Observer, Question};
use crate::policy::{Evaluation, Limits, Outcome, Request};
use crate::probe::steps::Steps;
use crate::probe::subject::Subject;
use crate::value::Value;

/// A version with the questions that were put to it.
#[derive(Debug)]
pub(super) struct Side<'s> {
    pub(super) subject: &'s Subject,
    questions: BTreeMap<Value, Question>,
    own: Question,
}

impl<'s> Side<'s> {
    /// Nobody was asked yet.
    pub(super) fn new(subject: &'s Subject) -> Self {
        let own = subject.policy.question(&subject.decision.path);
        Self { subject, questions: BTreeMap::new(), own }
    }

    /// What it answers.
    pub(super) fn ask(&mut self, data: &Value, input: Option<&Value>) -> Answer {
        self.watch(data, input, NoObserver)
    }

    /// What it answers, with the way that it took in `steps`.
    pub(super) fn follow(&mut self, data: &Value, input: Option<&Value>, steps: &mut Steps) -> Answer {
        steps.restart();
        self.watch(data, input, steps)
    }

    fn watch<O: Observer>(&mut self, data: &Value, input: Option<&Value>, observer: O) -> Answer {
        let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
        let request = Request { input, with: &[], limits };
        let (evaluation, _, _) = self.question(data).watch(&request, observer);
        Answer { verdict: self.subject.decision.verdict(&evaluation), value: value(evaluation) }
    }

    fn question(&mut self, data: &Value) -> &mut Question {
        if self.subject.policy.data() == data {
            return &mut self.own;
        }
        if self.questions.len() >= MAX_QUESTIONS && !self.questions.contains_key(data) {
            self.questions.clear();
        }
        let subject = self.subject;
        self.questions
            .entry(data.clone())
            .or_insert_with(|| subject.policy.with_data(data.clone()).question(&subject.decision.path))
    }
}

fn value(evaluation: Evaluation) -> Option<Value> {
    match evaluation.outcome {
        Outcome::Defined(results) => Some(results.into_iter().next()?.expressions.into_iter().next()?.value),
        Outcome::Undefined | Outcome::Error(_) => None,
    }
}

/// An evaluation that takes more is no decision that anybody waits for.
const MAX_STEPS: u64 = 2_000_000;

/// How many sets of base documents stay indexed at a time.
const MAX_QUESTIONS: usize = 16;
