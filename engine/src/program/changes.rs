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

/// How an edit changes rules and clauses. Those that only ask for the documents of changed rules count as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    rules: Vec<Change>,
    clauses: Vec<Change>,
    /// By clause, whether it depends on anything that is changed, as far as that can be told.
    dependent: Vec<bool>,
    /// The same by rule.
    dependents: Vec<bool>,
}

/// How much of a rule or clause is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// A function that it calls, or one that such a function calls.
    Called,
    /// It is written otherwise.
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
            dependent: Vec::new(),
            dependents: Vec::new(),
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
        let facts: Vec<Facts<'_>> = after.clauses.iter().map(Facts::of_clause).collect();
        changes.spread(after, &facts);
        changes.find_dependents(after, &facts);
        Some(changes)
    }

    /// Whether a rule may come to something else for the same input and data.
    pub fn reach_rule(&self, rule: RuleId) -> bool {
        self.dependents.get(rule.0 as usize).copied().unwrap_or(true)
    }

    /// Whether a clause may come to something else for the same input and data.
    pub fn reach_clause(&self, clause: ClauseId) -> bool {
        self.dependent.get(clause.0 as usize).copied().unwrap_or(true)
    }

    /// How much of a rule is changed.
    pub fn of_rule(&self, rule: RuleId) -> Change {
        self.rules.get(rule.0 as usize).copied().unwrap_or(Change::Written)
    }

    /// How much of a clause is changed.
    pub fn of_clause(&self, clause: ClauseId) -> Change {
        self.clauses.get(clause.0 as usize).copied().unwrap_or(Change::Written)
    }

    /// Adds what calls a function that is changed.
    fn spread(&mut self, program: &Program, facts: &[Facts<'_>]) {
        let mut is_more = true;
        while is_more {
            is_more = false;
            for (clause, facts) in program.clauses.iter().zip(facts) {
                let is_called = facts.calls.iter().any(|callee| self.of_rule(*callee) != Change::None);
                if !is_called {
                    continue;
                }
                if let Some(change @ Change::None) = self.rules.get_mut(clause.rule.0 as usize) {
                    *change = Change::Called;
                    is_more = true;
                }
            }
        }
        for (change, facts) in self.clauses.iter_mut().zip(facts) {
            let is_called = facts
                .calls
                .iter()
                .any(|callee| self.rules.get(callee.0 as usize).is_none_or(|change| *change != Change::None));
            if is_called && *change == Change::None {
                *change = Change::Called;
            }
        }
    }
}

impl Changes {
    /// Finds out what depends on a change. What may vary for other reasons, as what `with` replaces, counts as if it did.
    fn find_dependents(&mut self, program: &Program, facts: &[Facts<'_>]) {
        self.dependents = vec![false; program.rules.len()];
        self.dependent = self.clauses.iter().map(|change| *change != Change::None).collect();
        let mut is_more = true;
        while is_more {
            is_more = false;
            for (at, (clause, facts)) in program.clauses.iter().zip(facts).enumerate() {
                let is_one = self.dependent.get(at).is_none_or(|is_one| *is_one)
                    || facts.varies
                    || facts.reads.iter().any(|rule| self.reach_rule(*rule));
                let rule = self.dependents.get_mut(clause.rule.0 as usize);
                if let (true, Some(rule), Some(own)) = (is_one, rule, self.dependent.get_mut(at)) {
                    is_more |= !*rule || !*own;
                    (*rule, *own) = (true, true);
                }
            }
        }
    }
}

/// Whether two clauses are the same one, before and after a edit.
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
