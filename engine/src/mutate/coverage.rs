//! What a test goes through in a policy: a mutant of anything else can't make a difference to it.

use super::mutant::{Mutant, Scope};
use crate::eval::{Observer, View};
use crate::probe::reach::{Polarity, Reach};
use crate::program::{ClauseId, LiteralId, Program, RuleId};
use crate::source::{SourceId, Span};
use crate::value::Value;

/// The literals and rules that were evaluated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    literals: Vec<bool>,
    rules: Vec<bool>,
}

/// The part of a policy that a mutant changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    rules: Vec<RuleId>,
    /// The literals that have to be evaluated; all of the rule count if there is none.
    literals: Vec<LiteralId>,
}

impl Seen {
    /// Whether anything of a part was evaluated.
    pub(super) fn any(&self, part: &Part) -> bool {
        let has = |of: &[bool], at: u32| of.get(at as usize).copied().unwrap_or(false);
        if part.literals.is_empty() {
            part.rules.iter().any(|rule| has(&self.rules, rule.0))
        } else {
            part.literals.iter().any(|literal| has(&self.literals, literal.0))
        }
    }
}

impl Part {
    /// What a mutant changes in a program, where its module is called `source`.
    pub(super) fn of(program: &Program, mutant: &Mutant, source: SourceId) -> Self {
        let span = Span { source, ..mutant.span };
        let overlaps = |other: Span| {
            other.source == source
                && other.start < span.end.max(span.start + 1)
                && span.start < other.end.max(other.start + 1)
        };
        let clauses = program.clauses.iter().filter(|clause| overlaps(clause.span));
        let rules: Vec<RuleId> = clauses.map(|clause| clause.rule).collect();
        if mutant.scope == Scope::Rule {
            return Self { rules, literals: Vec::new() };
        }
        let reach = Reach { rules: rules.iter().map(|rule| (*rule, Polarity::Unknown)).collect() };
        let literals = reach.spans(program).into_iter();
        let literals = literals.filter(|(_, span)| overlaps(*span)).map(|(literal, _)| literal).collect();
        Self { rules, literals }
    }
}

/// Writes down what is evaluated, without the shortcuts that leave something out.
#[derive(Debug)]
pub(super) struct Watch<'p> {
    program: &'p Program,
    pub(super) seen: Seen,
}

impl<'p> Watch<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let seen = Seen {
            literals: vec![false; program.literals as usize],
            rules: vec![false; program.rules.len()],
        };
        Self { program, seen }
    }

    fn saw(&mut self, rule: RuleId) {
        if let Some(seen) = self.seen.rules.get_mut(rule.0 as usize) {
            *seen = true;
        }
    }
}

impl Observer for Watch<'_> {
    fn uses_index(&self) -> bool {
        false
    }

    fn exits_early(&self) -> bool {
        false
    }

    fn rule(&mut self, rule: RuleId, _: &[ClauseId], _: bool) {
        self.saw(rule);
    }

    fn decided(&mut self, rule: RuleId, _: Option<&Value>, _: &View<'_>) {
        self.saw(rule);
    }

    fn enter(&mut self, clause: ClauseId) {
        if let Some(clause) = self.program.clause(clause) {
            self.saw(clause.rule);
        }
    }

    fn literal(&mut self, literal: LiteralId) {
        if let Some(seen) = self.seen.literals.get_mut(literal.0 as usize) {
            *seen = true;
        }
    }
}
