//! What is wrong with a document.

use crate::value::{Object, Value};

/// A place in a document, from its root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) step: &'a str,
    pub(super) parent: Option<&'a Place<'a>>,
}

impl Place<'_> {
    /// The steps, separated by dots; the root alone has a name of its own.
    pub(super) fn field(&self) -> String {
        let mut steps = Vec::new();
        let mut place = self;
        while let Some(parent) = place.parent {
            steps.push(place.step);
            place = parent;
        }
        if steps.is_empty() {
            return place.step.to_owned();
        }
        steps.reverse();
        steps.join(".")
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    kind: &'static str,
    field: String,
    description: String,
}

impl Problem {
    pub(super) fn new(kind: &'static str, place: &Place<'_>, description: impl Into<String>) -> Self {
        Self { kind, field: place.field(), description: description.into() }
    }

    /// The object that policies see.
    pub(super) fn to_value(&self) -> Value {
        let fields = [
            ("desc", Value::from(self.description.as_str())),
            ("error", format!("{}: {}", self.field, self.description).into()),
            ("field", self.field.as_str().into()),
            ("type", self.kind.into()),
        ];
        fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>().into()
    }
}

/// What is wrong so far, and how much was right: of several schemas the one that fits best explains why none does.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) problems: Vec<Problem>,
    pub(super) score: i64,
}

impl Verdict {
    pub(super) fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.score -= 2;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.score += other.score;
    }
}
