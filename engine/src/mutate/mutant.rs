//! Mutants: small changes of a policy, each of which some test should notice.

use std::sync::Arc;

use crate::probe::reach::Polarity;
use crate::program::TextEdit;
use crate::source::{SourceId, Span};

/// A kind of small change.
#[derive(Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its name, which never changes.
    pub id: &'static str,
    /// What is different afterwards, as part of a sentence.
    pub summary: &'static str,
}

/// One small change of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What kind of change it is.
    pub operator: &'static Operator,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether it lets more or fewer in.
    pub direction: Direction,
    /// The rule that is changed, as in `data.authz.allow`.
    pub rule: Arc<str>,
    /// What has to be evaluated for the change to matter.
    pub scope: Scope,
}

impl Mutant {
    /// The change, where its module has this id; nothing if it writes 4 GiB.
    pub fn edit_of(&self, source: SourceId) -> Option<TextEdit> {
        let written = u32::try_from(self.replacement.len()).ok()?;
        Some(TextEdit { span: Span { source, ..self.span }, written })
    }
}

/// Whether a mutant lets more or fewer in than the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// More: a test that should be denied is missing if it survives.
    Widening,
    /// Fewer.
    Narrowing,
    /// Some more and some fewer, or it can't be told.
    Unknown,
}

/// What has to be evaluated for a change to matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The literals that are changed.
    Literals,
    /// Any part of the rule.
    Rule,
}

/// What a change does to how often the place where it is holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It holds whenever it did, and more often.
    More,
    /// It holds less often.
    Fewer,
    /// Both, or it can't be told.
    Other,
}

impl Direction {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Widening => "widening",
            Self::Narrowing => "narrowing",
            Self::Unknown => "unknown",
        }
    }
}

impl Effect {
    /// What the effect comes to at a place that pulls in this way.
    pub(super) fn at(self, polarity: Polarity) -> Direction {
        match (self, polarity) {
            (Self::More, Polarity::Positive) | (Self::Fewer, Polarity::Negative) => Direction::Widening,
            (Self::More, Polarity::Negative) | (Self::Fewer, Polarity::Positive) => Direction::Narrowing,
            (Self::Other, _) | (_, Polarity::Unknown) => Direction::Unknown,
        }
    }

    pub(super) fn reversed(self) -> Self {
        match self {
            Self::More => Self::Fewer,
            Self::Fewer => Self::More,
            Self::Other => Self::Other,
        }
    }
}

/// The other way.
pub(super) fn flipped(polarity: Polarity) -> Polarity {
    match polarity {
        Polarity::Positive => Polarity::Negative,
        Polarity::Negative => Polarity::Positive,
        Polarity::Unknown => Polarity::Unknown,
    }
}
