//! What may be watched of an evaluation.

use crate::program::{ClauseId, LiteralId, RuleId};

/// Is told what the evaluator does. The methods that an observer doesn't have cost nothing.
pub trait Observer {
    /// A rule is asked for, and so many of its clauses can match.
    fn rule(&mut self, _rule: RuleId, _candidates: &[ClauseId]) {}
    /// The body of a clause is about to be evaluated.
    fn enter(&mut self, _clause: ClauseId) {}
    /// The body of a clause held.
    fn exit(&mut self, _clause: ClauseId) {}
    /// A literal is about to be evaluated.
    fn literal(&mut self, _literal: LiteralId) {}
    /// A literal held; once more for each way in which it does.
    fn held(&mut self, _literal: LiteralId) {}
    /// A literal did not hold, or no further way was found.
    fn failed(&mut self, _literal: LiteralId) {}
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
