//! The variables of one clause or query and their slots.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::WrittenNames;
use crate::program::{Slot, Term};
use crate::syntax::tree::Name;

/// Hands out slots: one for each name.
#[derive(Debug)]
pub(super) struct Frame<'w> {
    slots: BTreeMap<Name, Slot>,
    /// By slot, as they were written where they were.
    names: Vec<Name>,
    /// The variables that stand for a literal whose terms are gone through as they are written.
    literals: BTreeMap<Slot, Arc<Term>>,
    written: &'w WrittenNames,
}

impl<'w> Frame<'w> {
    /// No variables yet; `written` says what generated ones stand for.
    pub(super) fn new(written: &'w WrittenNames) -> Self {
        Self { slots: BTreeMap::new(), names: Vec::new(), literals: BTreeMap::new(), written }
    }

    /// The slot of a variable.
    pub(super) fn slot(&mut self, name: &Name) -> Slot {
        if let Some(found) = self.slots.get(name) {
            return *found;
        }
        let slot = self.fresh(self.written.get(name).unwrap_or(name).clone());
        self.slots.insert(name.clone(), slot);
        slot
    }

    /// A slot for a value without a variable.
    pub(super) fn fresh(&mut self, shown: Name) -> Slot {
        let slot = Slot(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(shown);
        slot
    }

    /// Takes note of an equality, of whose variables only so many were met before.
    pub(super) fn equal(&mut self, left: &Term, right: &Term, met: usize) {
        for (variable, term) in [(left, right), (right, left)] {
            let fresh = |slot: &Slot| usize::try_from(slot.0).is_ok_and(|slot| slot >= met);
            let Some(slot) = variable.as_local().filter(fresh) else { continue };
            let literal = match term.as_local() {
                Some(other) => self.literal(other).cloned(),
                None => term.goes_as_written().then(|| Arc::new(term.clone())),
            };
            if let Some(literal) = literal {
                self.literals.insert(slot, literal);
            }
        }
    }

    /// The literal that a variable stands for, if its terms are gone through as they are written.
    pub(super) fn literal(&self, slot: Slot) -> Option<&Arc<Term>> {
        self.literals.get(&slot)
    }

    /// How many variables were met.
    pub(super) fn met(&self) -> usize {
        self.names.len()
    }

    /// What generated variables stand for.
    pub(super) fn renamed(&self) -> &'w WrittenNames {
        self.written
    }

    /// The slot of a variable that was met.
    pub(super) fn find(&self, name: &Name) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    /// The variables that somebody wrote, with their slots, sorted by name.
    pub(super) fn written(&self, written: &WrittenNames) -> Vec<(Name, Slot)> {
        let mut all: Vec<(Name, Slot)> = Vec::new();
        for (name, slot) in &self.slots {
            match written.get(name) {
                Some(shown) if !is_generated(shown) => all.push((shown.clone(), *slot)),
                None if !is_generated(name) => all.push((name.clone(), *slot)),
                Some(_) | None => {}
            }
        }
        all.sort();
        all
    }

    /// The names by slot.
    pub(super) fn into_names(self) -> Vec<Name> {
        self.names
    }
}

/// Whether nobody wrote a name: wildcards and what the compiler adds.
fn is_generated(name: &str) -> bool {
    name.starts_with("__local") || name.starts_with('$')
}
