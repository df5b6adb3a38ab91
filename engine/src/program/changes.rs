//! What an edit of a module changes in a program: everything else comes to the same wherever it asks for the same.

use super::settled::Facts;
use super::{Clause, ClauseId, Program, RuleId};
use crate::source::Span;

/// Text that was put in the place of other text.
#[derive(Debug, Clone, Copy)]
pub struct TextEdit {
    /// Where the other text was.
    pub span: Span,
    /// How many bytes there are now.
    pub written: u32,
}

/// How an edit changes the rules and clauses of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    rules: Vec<Change>,
    clauses: Vec<Change>,
}

/// How much of a rule or clause is changed; each counts for more than those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing: for the same input and data it comes to the same.
    None,
    /// It asks for what may come to something else, or varies for other reasons, as what `with` replaces does.
    Reached,
    /// A function is written otherwise that it calls, or that such a function calls.
    Called,
    /// It is written otherwise itself.
    Written,
}

impl Changes {
    /// What an edit changes; nothing unless both programs have the same rules with as many clauses, so that their ids mean the
    /// same in both.
    pub fn between(before: &Program, after: &Program, edit: TextEdit) -> Option<Self> {
        let have_same_rules = before.rules.len() == after.rules.len()
            && before.rules.iter().zip(&after.rules).all(|(old, new)| {
                old.path == new.path
                    && old.kind == new.kind
                    && old.clauses == new.clauses
                    && old.default == new.default
            });
        if !have_same_rules || before.clauses.len() != after.clauses.len() {
            return None;
        }
        let mut changes = Self {
            rules: vec![Change::None; after.rules.len()],
            clauses: vec![Change::None; after.clauses.len()],
        };
        for ((old, new), change) in before.clauses.iter().zip(&after.clauses).zip(&mut changes.clauses) {
            let is_changed = edit.is_in(old.span);
            if !is_same_place(old, new, is_changed, edit) {
                return None;
            }
            if is_changed {
                *change = Change::Written;
                *changes.rules.get_mut(new.rule.0 as usize)? = Change::Written;
            }
        }
        changes.spread(after);
        Some(changes)
    }

    /// How much of a rule is changed.
    pub fn of_rule(&self, rule: RuleId) -> Change {
        self.rules.get(rule.0 as usize).copied().unwrap_or(Change::Written)
    }

    /// How much of a clause is changed.
    pub fn of_clause(&self, clause: ClauseId) -> Change {
        self.clauses.get(clause.0 as usize).copied().unwrap_or(Change::Written)
    }

    /// Adds what calls and asks for what is changed.
    fn spread(&mut self, program: &Program) {
        let facts: Vec<Facts<'_>> = program.clauses.iter().map(Facts::of_clause).collect();
        let mut is_more = true;
        while is_more {
            is_more = false;
            for (at, (clause, facts)) in program.clauses.iter().zip(&facts).enumerate() {
                let change = if facts.calls.iter().any(|callee| self.of_rule(*callee) >= Change::Called) {
                    Change::Called
                } else if facts.varies || facts.reads.iter().any(|rule| self.of_rule(*rule) != Change::None) {
                    Change::Reached
                } else {
                    continue;
                };
                let own = self.clauses.get_mut(at);
                for known in own.into_iter().chain(self.rules.get_mut(clause.rule.0 as usize)) {
                    is_more |= change > *known;
                    *known = change.max(*known);
                }
            }
        }
    }
}

/// Whether two clauses are the same one, before and after an edit.
fn is_same_place(old: &Clause, new: &Clause, is_changed: bool, edit: TextEdit) -> bool {
    let moved = edit.moved(old.span);
    old.rule == new.rule
        && old.otherwise == new.otherwise
        && (moved == Some(new.span) || is_changed && old.span.source == new.span.source)
}

impl TextEdit {
    /// Whether anything of a place was replaced.
    pub fn is_in(&self, place: Span) -> bool {
        place.source == self.span.source
            && place.start < self.span.end.max(self.span.start + 1)
            && self.span.start < place.end.max(place.start + 1)
    }

    /// The place that this one is afterwards.
    pub fn moved(&self, place: Span) -> Option<Span> {
        if place.source != self.span.source {
            return Some(place);
        }
        let at = |at: u32| {
            if at >= self.span.end {
                at.checked_sub(self.span.end)?.checked_add(self.span.start)?.checked_add(self.written)
            } else {
                Some(at)
            }
        };
        Some(Span { start: at(place.start)?, end: at(place.end)?, ..place })
    }
}
