//! Whether a set that had elements in a recorded evaluation has one in another evaluation: less than which elements it has, and often known
//! with little evaluation or none.

use super::super::machine::Machine;
use super::super::observer::Observer;
use super::{Key, Record};
use crate::program::{Change, Changes, ClauseId, Program, RuleId};
use crate::value::Value;

impl Record {
    /// The first of these sets that one of its clauses gives an element as before, as it asks for nothing that is changed. Whoever asks for
    /// the set finds it, or an error before.
    pub(in super::super) fn has_kept_elements(
        &self,
        program: &Program,
        changes: &Changes,
        sets: &[RuleId],
    ) -> Option<RuleId> {
        let is_kept = |clause: ClauseId| changes.of_clause(clause) == Change::None;
        sets.iter().copied().find(|set| self.givers(program, Some(changes), *set).any(is_kept))
    }

    /// Whether any of these sets had elements.
    pub(in super::super) fn had_elements(
        &self,
        program: &Program,
        changes: Option<&Changes>,
        sets: &[RuleId],
    ) -> bool {
        sets.iter().any(|set| self.givers(program, changes, *set).next().is_some())
    }

    /// The clauses of a set that gave it elements.
    fn givers<'r>(
        &'r self,
        program: &'r Program,
        changes: Option<&'r Changes>,
        set: RuleId,
    ) -> impl Iterator<Item = ClauseId> + use<'r> {
        let gave = move |clause: &ClauseId| {
            let before = changes.map_or(Some(*clause), |changes| changes.before(*clause));
            let kept = before.and_then(|before| self.clauses.get(&(before, Vec::new())));
            kept.is_some_and(|kept| is_any(kept.value.as_ref()))
        };
        program.rule(set).into_iter().flat_map(|rule| &rule.clauses).copied().filter(gave)
    }
}

impl<O: Observer> Machine<'_, O> {
    /// The first of these sets that a clause gives an element which gave one before; none if that takes too long to find out.
    pub(in super::super) fn has_elements(
        &mut self,
        record: &Record,
        changes: Option<&Changes>,
        sets: &[RuleId],
    ) -> Option<RuleId> {
        for set in sets {
            let mut givers: Vec<ClauseId> = record.givers(self.world.program, changes, *set).collect();
            givers.sort_by_key(|clause| changes.map(|changes| changes.of_clause(*clause)));
            for clause in givers.into_iter().take(MOST_TRIED) {
                let key = Key::Clause((clause, Vec::new()));
                // An error may be one that the index would have kept it from.
                let found = self.near(&key, |machine| machine.clause_elements(clause, &[])).ok()?;
                if is_any(found.as_ref()) {
                    return Some(*set);
                }
            }
        }
        None
    }
}

/// Whether there is an element among those that a clause gives.
fn is_any(elements: Option<&Value>) -> bool {
    elements.and_then(Value::as_array).is_some_and(|elements| !elements.is_empty())
}

/// Clauses that are tried before all of the set is evaluated.
const MOST_TRIED: usize = 3;
