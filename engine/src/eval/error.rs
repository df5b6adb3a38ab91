//! Why an evaluation ends without an answer.

use crate::policy::ErrorCode;
use crate::source::Span;
use crate::value::Value;

/// An error of an evaluation, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub code: ErrorCode,
    /// OPA's words where OPA has any.
    pub message: String,
    /// Where evaluation stood.
    pub span: Option<Span>,
    /// For a conflict between clauses of a rule: the values, and where the clauses were written that gave them.
    pub conflicting: Conflicting,
}

/// The values of a rule that differ from the first, with that one before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflicting {
    /// Where the clause was written, and its value.
    pub values: Vec<(Span, Value)>,
    /// Whether there are more than are listed.
    pub more: bool,
}

/// Errors are rare and answers are many: the error is kept out of the way of the answers.
#[derive(Debug)]
pub(super) struct Stop(pub(super) Box<Failure>);

impl Stop {
    pub(super) fn into_failure(self) -> Failure {
        *self.0
    }
}

/// What an evaluation step comes to.
pub(super) type Result<T, E = Stop> = std::result::Result<T, E>;

impl Failure {
    pub(super) fn stop(code: ErrorCode, message: impl Into<String>, span: Option<Span>) -> Stop {
        Stop(Box::new(Self { code, message: message.into(), span, conflicting: Conflicting::default() }))
    }

    pub(super) fn internal(message: &str) -> Stop {
        Self::stop(ErrorCode::Internal, message, None)
    }
}
