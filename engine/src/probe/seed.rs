//! Seeds: the inputs that somebody wrote down, with what the policy decides on them.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::decision::Verdict;
use super::edit::Case;
use super::place;
use super::subject::{Benches, Subject};
use crate::eval::{NativePolicy, Observer, View};
use crate::parallel;
use crate::policy::{Limits, Override, Request};
use crate::program::RuleId;
use crate::value::Value;

/// A case that somebody wrote down.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    /// Where it comes from: the name of a test, of a row or of a file.
    pub name: Arc<str>,
    /// What is decided on.
    pub case: Case,
    /// What the policy decides.
    pub verdict: Verdict,
}

/// A case that is not judged yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Where it comes from.
    pub name: Arc<str>,
    /// What is decided on.
    pub case: Case,
}

impl Written {
    /// A case over `data` with documents in the place of others; those that don't fit there are left out.
    pub fn with_overrides(
        name: Arc<str>,
        input: Option<Value>,
        data: &Value,
        overrides: &[Override],
    ) -> Self {
        let data = overrides.iter().fold(data.clone(), |data, Override { path, value }| {
            let steps: Vec<Value> = path.iter().cloned().map(Value::String).collect();
            place::put(Some(&data), &steps, value.clone()).unwrap_or(data)
        });
        Self { name, case: Case { input, data } }
    }
}

/// Where cases come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A Rego test, by its path below `data`: it is run.
    Test(Vec<Arc<str>>),
    /// A row of a table.
    Row(Written),
}

/// The cases of all these, in their order: those of tests as [`of_test`] finds them.
pub fn written(
    policy: &NativePolicy,
    sources: &[(Arc<str>, Source)],
    reach: &BTreeSet<RuleId>,
    jobs: NonZeroUsize,
) -> Vec<Written> {
    let cases = parallel::map(jobs, sources.iter().collect(), |(name, source)| match source {
        Source::Test(path) => of_test(policy, name, path, reach),
        Source::Row(written) => vec![written.clone()],
    });
    cases.into_iter().flatten().collect()
}

/// The cases that a test puts before the rules of `reach`: the input and the data of each time when one of them is decided.
pub fn of_test(
    policy: &NativePolicy,
    name: &Arc<str>,
    test: &[Arc<str>],
    reach: &BTreeSet<RuleId>,
) -> Vec<Written> {
    let capture = Capture { reach, data: policy.data(), cases: Vec::new(), last: None };
    let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
    let request = Request { input: None, with: &[], limits };
    let (_, _, capture) = policy.question(test).watch(&request, capture);
    let cases = capture.cases.into_iter();
    cases.map(|case| Written { name: Arc::clone(name), case }).collect()
}

/// What the policy decides on cases; of equal ones the first stays.
pub fn judged(subject: &Subject, mut written: Vec<Written>, jobs: NonZeroUsize) -> Vec<Seed> {
    let mut seen: BTreeSet<(Option<Value>, Value)> = BTreeSet::new();
    written.retain(|Written { case, .. }| seen.insert((case.input.clone(), case.data.clone())));
    let benches = Benches::new(subject);
    parallel::map(jobs, written, |Written { name, case }| {
        let verdict = benches.with(|bench| bench.judge(&case.data).ask_again(case.input.as_ref()));
        Seed { name, case, verdict }
    })
}

/// Writes down what is decided on.
struct Capture<'c> {
    reach: &'c BTreeSet<RuleId>,
    data: &'c Value,
    cases: Vec<Case>,
    /// The input and the data of the last case, as they were seen.
    last: Option<(Value, Option<Value>)>,
}

impl Observer for Capture<'_> {
    fn decided(&mut self, rule: RuleId, _: Option<&Value>, view: &View<'_>) {
        let Some(input) = view.input() else { return };
        if !self.reach.contains(&rule) || self.cases.len() >= MAX_CASES {
            return;
        }
        let overlay = view.overlay().cloned();
        let is_known = |(last, over): &(Value, Option<Value>)| last == input && *over == overlay;
        if self.last.as_ref().is_some_and(is_known) {
            return;
        }
        let case = Case { input: Some(input.clone()), data: view.data(self.data) };
        self.last = Some((input.clone(), overlay));
        if !self.cases.contains(&case) {
            self.cases.push(case);
        }
    }
}

/// A test that asks for more is a loop over something; its first cases say enough.
const MAX_CASES: usize = 200;

/// What a test may take.
const MAX_STEPS: u64 = 5_000_000;
