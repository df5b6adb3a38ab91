//! Asks a policy for decisions and conditions, over any data.

use std::collections::BTreeMap;

use super::{Condition, Path, VARIABLES};
use crate::eval::{NativePolicy, NoObserver, Question};
use crate::policy::{EvalError, Limits, Outcome, Override, Request};
use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::Case;
use crate::suite::run::single_value;
use crate::value::Value;

/// One policy, over each set of base documents that was asked for lately; each thread needs one of its own.
pub(super) struct Court<'p> {
    policy: &'p NativePolicy,
    worlds: BTreeMap<Value, World>,
    /// How often it was asked.
    pub(super) asked: u64,
}

struct World {
    policy: NativePolicy,
    questions: BTreeMap<Path, Question>,
}

/// The values of variables, as an object; nothing where there are none.
pub(super) type Variables = Option<Value>;

impl<'p> Court<'p> {
    /// Nobody was asked yet.
    pub(super) fn new(policy: &'p NativePolicy) -> Self {
        Self { policy, worlds: BTreeMap::new(), asked: 0 }
    }

    /// What a document comes to.
    pub(super) fn ask(&mut self, path: &Path, case: &Case, variables: &Variables) -> Outcome {
        self.asked += 1;
        if self.worlds.len() >= MAX_WORLDS && !self.worlds.contains_key(&case.data) {
            self.worlds.clear();
        }
        let own = self.policy;
        let world = self.worlds.entry(case.data.clone()).or_insert_with(|| {
            let policy =
                if *own.data() == case.data { own.clone() } else { own.with_data(case.data.clone()) };
            World { policy, questions: BTreeMap::new() }
        });
        let with: Vec<Override> = variables
            .iter()
            .map(|value| Override { path: vec![VARIABLES.into()], value: value.clone() })
            .collect();
        let limits = Limits { steps: Some(MAX_STEPS), ..Limits::default() };
        let request = Request { input: case.input.as_ref(), with: &with, limits };
        let World { policy, questions } = world;
        let question = questions.entry(path.clone()).or_insert_with(|| policy.question(path));
        question.watch(&request, NoObserver).0.outcome
    }

    /// The value of a term; nothing if it is undefined.
    ///
    /// # Errors
    /// When it has no answer.
    pub(super) fn value(
        &mut self,
        term: &Condition,
        case: &Case,
        variables: &Variables,
    ) -> Result<Option<Value>, EvalError> {
        match self.ask(&term.path, case, variables) {
            Outcome::Defined(results) => Ok(single_value(results)),
            Outcome::Undefined => Ok(None),
            Outcome::Error(error) => Err(error),
        }
    }

    /// Whether a condition holds.
    ///
    /// # Errors
    /// When it has no answer.
    pub(super) fn holds(
        &mut self,
        condition: &Condition,
        case: &Case,
        variables: &Variables,
    ) -> Result<bool, EvalError> {
        Ok(self.value(condition, case, variables)? == Some(Value::Bool(true)))
    }

    /// What is decided on a case.
    pub(super) fn decide(&mut self, decision: &Decision, path: &Path, case: &Case) -> Verdict {
        decision.of_outcome(&self.ask(path, case, &None))
    }
}

/// An evaluation that takes more is none that anybody waits for.
const MAX_STEPS: u64 = 2_000_000;

/// How many sets of base documents stay indexed at a time.
const MAX_WORLDS: usize = 16;
