//! The test that is missing: an input that a mutant decides otherwise than the policy.

use std::sync::Arc;

use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::paste::{self, Expected, Replaced};
use crate::value::Value;

/// An input that a mutant decides otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingTest {
    /// The decision.
    pub decision: Decision,
    /// What is decided on.
    pub case: Case,
    /// The name of the test or row that it was made of.
    pub seed: Arc<str>,
    /// What is different from there.
    pub edits: Vec<Edit>,
    /// What the policy decides; the mutant decides otherwise.
    pub verdict: Verdict,
    /// The value that the policy gives; none if it is undefined.
    pub value: Option<Value>,
    /// What is different in `data` from what is loaded.
    pub replaced: Replaced,
}

/// What came of looking for a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Searched {
    /// Here it is.
    Found(Box<MissingTest>),
    /// Nothing was found: the mutant is probably equivalent.
    Nothing {
        /// How many inputs were tried.
        tried: u64,
    },
    /// It was stopped.
    Stopped,
}

impl MissingTest {
    /// Whether the mutant lets somebody in that the policy doesn't.
    pub fn lets_in(&self) -> bool {
        self.verdict != Verdict::Allow
    }

    /// As a Rego test of this name, in the syntax of Rego since OPA 1.0.
    pub fn rego(&self, name: &str) -> String {
        paste::rego_test(name, &self.decision, &self.case, &self.replaced, self.expected())
    }

    /// As a case of a table suite that asks for the decision.
    pub fn table_case(&self, name: &str) -> String {
        paste::table_case(name, &self.decision, &self.case, &self.replaced, self.expected())
    }

    fn expected(&self) -> Expected<'_> {
        Expected::Value(self.value.as_ref(), self.verdict)
    }
}
