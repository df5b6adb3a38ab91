//! What an edit of a module changes in a program: everything else comes to the same wherever it asks for the same.

use super::settled::Facts;
use super::{Clause, ClauseId, Program, RuleId, RuleKind};
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
    renamed: Renamed,
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
    /// It is written otherwise itself; or it is a function that depended on its arguments and the base documents alone, and asks for what
    /// is changed.
    Written,
}

impl Changes {
    /// What an edit changes; nothing unless both programs have the same rules with as many clauses, so that it can be told which ids mean
    /// the same in both. A default or an `else` may be gone, and there may be one clause more.
    pub fn between(before: &Program, after: &Program, edit: TextEdit) -> Option<Self> {
        let renamed = Renamed::between(before, after, edit)?;
        let mut changes = Self {
            rules: vec![Change::None; after.rules.len()],
            clauses: vec![Change::None; after.clauses.len()],
            renamed,
        };
        if before.rules.len() != after.rules.len() {
            return None;
        }
        for ((old, new), change) in before.rules.iter().zip(&after.rules).zip(&mut changes.rules) {
            let clauses = new.clauses.iter().filter_map(|id| renamed.before(*id));
            let is_same = old.path == new.path
                && old.kind == new.kind
                && old.clauses.iter().copied().eq(clauses)
                && old.default.filter(|id| !renamed.is_gone(*id))
                    == new.default.and_then(|id| renamed.before(id));
            if !is_same {
                return None;
            }
            if old.default.is_some_and(|id| renamed.is_gone(id)) {
                *change = Change::Written;
            }
        }
        for ((id, new), change) in (0..).map(ClauseId).zip(&after.clauses).zip(&mut changes.clauses) {
            let old = renamed.before(id).and_then(|id| before.clause(id));
            let branch = |old: &Clause| old.otherwise.filter(|id| renamed.is_gone(*id));
            let is_changed = old.is_none_or(|old| edit.is_in(old.span) || branch(old).is_some());
            let is_same = old.is_none_or(|old| {
                let next = branch(old).and_then(|gone| before.clause(gone)).unwrap_or(old).otherwise;
                next == new.otherwise.and_then(|id| renamed.before(id))
                    && is_same_place(old, new, is_changed, edit)
            });
            if !is_same {
                return None;
            }
            if is_changed {
                *change = Change::Written;
                *changes.rules.get_mut(new.rule.0 as usize)? = Change::Written;
            }
        }
        changes.spread(before, after);
        Some(changes)
    }

    /// What a clause was called before; nothing if it was not there.
    pub fn before(&self, clause: ClauseId) -> Option<ClauseId> {
        self.renamed.before(clause)
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
    fn spread(&mut self, before: &Program, program: &Program) {
        let facts: Vec<Facts<'_>> = program.clauses.iter().map(Facts::of_clause).collect();
        let mut is_more = true;
        while is_more {
            is_more = false;
            for (at, (clause, facts)) in program.clauses.iter().zip(&facts).enumerate() {
                // Of the calls of such a function it is recorded what they came to, and not what they asked.
                let is_settled = before
                    .rule(clause.rule)
                    .is_some_and(|rule| rule.settled && matches!(rule.kind, RuleKind::Function(_)));
                let mut asks = facts.reads.iter().filter(|rule| !facts.calls.contains(rule));
                let change = if is_settled && asks.any(|rule| self.of_rule(*rule) != Change::None) {
                    Change::Written
                } else if facts.calls.iter().any(|callee| self.of_rule(*callee) >= Change::Called) {
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

/// How clauses are called afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renamed {
    /// As before.
    No,
    /// One is gone that was called so.
    Gone(ClauseId),
    /// One is new that is called so.
    New(ClauseId),
}

impl Renamed {
    /// Nothing if it can't be told, or if clauses differ in more.
    fn between(before: &Program, after: &Program, edit: TextEdit) -> Option<Self> {
        let is_edited = |id: &ClauseId| before.clause(*id).is_some_and(|clause| edit.is_in(clause.span));
        let (old, new) = (before.clauses.len(), after.clauses.len());
        if old == new {
            Some(Self::No)
        } else if old == new + 1 {
            let mut defaults = before.rules.iter().filter_map(|rule| rule.default).filter(is_edited);
            let mut branches = before.clauses.iter().filter_map(|clause| clause.otherwise);
            let is_whole = |id: &ClauseId| before.clause(*id).is_some_and(|clause| edit.holds(clause.span));
            defaults.next().or_else(|| branches.find(is_whole)).map(Self::Gone)
        } else if old + 1 == new {
            // A body that was taken apart: what comes after it is written behind its beginning.
            let whole = before.rules.iter().flat_map(|rule| &rule.clauses).find(|id| is_edited(id))?;
            Some(Self::New(ClauseId(whole.0.checked_add(1)?)))
        } else {
            None
        }
    }

    fn is_gone(self, clause: ClauseId) -> bool {
        self == Self::Gone(clause)
    }

    /// What a clause was called before; nothing if it was not there.
    fn before(self, clause: ClauseId) -> Option<ClauseId> {
        match self {
            Self::Gone(gone) if clause >= gone => Some(ClauseId(clause.0.checked_add(1)?)),
            Self::New(new) if clause == new => None,
            Self::New(new) if clause > new => Some(ClauseId(clause.0.checked_sub(1)?)),
            Self::No | Self::Gone(_) | Self::New(_) => Some(clause),
        }
    }
}

/// Whether two clauses are the same one, before and after an edit.
fn is_same_place(old: &Clause, new: &Clause, is_changed: bool, edit: TextEdit) -> bool {
    let moved = edit.moved(old.span);
    old.rule == new.rule && (moved == Some(new.span) || is_changed && old.span.source == new.span.source)
}

impl TextEdit {
    /// Whether anything of a place was replaced.
    pub fn is_in(&self, place: Span) -> bool {
        place.source == self.span.source
            && place.start < self.span.end.max(self.span.start + 1)
            && self.span.start < place.end.max(place.start + 1)
    }

    /// Whether all of a place was replaced.
    fn holds(&self, place: Span) -> bool {
        place.source == self.span.source && self.span.start <= place.start && place.end <= self.span.end
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
