//! The cases of a parameterised test that did not pass so far: how far each of them came.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClauseNote, MAX_NOTES, Wanted};
use crate::eval::facts::Moment;
use crate::program::{ClauseId, LiteralId};
use crate::value::Value;

/// Collects what clauses came to, apart for each case.
#[derive(Debug, Default)]
pub(in crate::eval) struct CaseNotes {
    /// By the keys of a case, for each clause that came to it; without cases that passed.
    pub(in crate::eval) notes: BTreeMap<Value, Vec<ClauseNote>>,
    /// The errors of built-in functions in cases, by their positions, with the keys of the cases.
    pub(in crate::eval) errors: BTreeMap<usize, Value>,
    passed: BTreeSet<Value>,
    /// The cases that the evaluation is in: more than one if a body names several.
    open: Vec<OpenCase>,
    /// How many moments there are beside the first of each case.
    further: usize,
}

/// A case that lasts until the evaluation goes back beyond the literal that named it.
#[derive(Debug)]
struct OpenCase {
    literal: LiteralId,
    keys: Value,
    /// How many rules had been evaluated before.
    before: usize,
}

impl CaseNotes {
    /// Begins a case.
    pub(super) fn enter(&mut self, literal: LiteralId, keys: Value, rules: usize) {
        self.open.push(OpenCase { literal, keys, before: rules });
    }

    /// Ends a case if this literal named it. Answers how many rules had been evaluated before it, if nothing is kept of it.
    pub(super) fn leave(&mut self, literal: LiteralId) -> Option<usize> {
        let OpenCase { keys, before, .. } = self.open.pop_if(|case| case.literal == literal)?;
        (!self.notes.contains_key(&keys)).then_some(before)
    }

    /// Whether the evaluation is in a case.
    pub(super) fn is_inside(&self) -> bool {
        !self.open.is_empty()
    }

    /// Keeps in mind that an error happened in the case.
    pub(super) fn error(&mut self, position: usize) {
        if let Some(case) = self.open.last() {
            self.errors.insert(position, case.keys.clone());
        }
    }

    /// What to note of a literal that did not hold in the case.
    pub(super) fn wants(&self, clause: Option<ClauseId>, literal: LiteralId, rules: usize) -> Wanted {
        let Some(case) = self.open.last() else { return Wanted::Nothing };
        let notes = self.notes.get(&case.keys);
        match notes.into_iter().flatten().find(|note| note.clause == clause) {
            // Of one that held, it is known what made its value.
            Some(note) if note.held.is_some() => Wanted::Nothing,
            Some(note) => {
                let left = MAX_FURTHER.saturating_sub(self.further);
                note.wants(literal, note.also_failed.len() + left)
            }
            None if self.has_room(&case.keys, rules) => Wanted::Moment,
            None => Wanted::Nothing,
        }
    }

    /// Notes a literal that did not hold in the case.
    pub(super) fn failed(&mut self, clause: Option<ClauseId>, literal: LiteralId, moment: Option<Moment>) {
        let Some(note) = self.note(clause) else { return };
        let before = note.also_failed.len();
        note.failed(literal, moment);
        let after = note.also_failed.len();
        self.further = (self.further + after).saturating_sub(before);
    }

    /// Notes that the case has a value. The moment is taken if the value is none that passes.
    pub(super) fn held(
        &mut self,
        clause: Option<ClauseId>,
        value: &Value,
        rules: usize,
        moment: impl FnOnce() -> Moment,
    ) {
        let Some(OpenCase { keys, .. }) = self.open.last() else { return };
        if matches!(value, Value::Null | Value::Bool(true)) {
            let notes = self.notes.remove(keys).unwrap_or_default();
            let dropped: usize = notes.iter().map(|note| note.also_failed.len()).sum();
            self.further = self.further.saturating_sub(dropped);
            self.passed.insert(keys.clone());
            return;
        }
        if !self.has_room(keys, rules) {
            return;
        }
        let Some(note) = self.note(clause) else { return };
        note.ways += 1;
        if note.held.is_none() {
            let dropped = note.also_failed.len();
            note.held = Some(moment());
            (note.failed, note.failures) = (None, 0);
            note.also_failed.clear();
            self.further = self.further.saturating_sub(dropped);
        }
    }

    fn has_room(&self, keys: &Value, rules: usize) -> bool {
        // What a rule came to that is not written down would be taken for undefined.
        let is_known = self.notes.contains_key(keys);
        !self.passed.contains(keys) && rules < MAX_NOTES && (is_known || self.notes.len() < MAX_CASES)
    }

    fn note(&mut self, clause: Option<ClauseId>) -> Option<&mut ClauseNote> {
        let notes = self.notes.entry(self.open.last()?.keys.clone()).or_default();
        let position = notes.iter().position(|note| note.clause == clause).unwrap_or(notes.len());
        if position == notes.len() {
            notes.push(ClauseNote { clause, ..ClauseNote::default() });
        }
        notes.get_mut(position)
    }
}

/// More cases than anybody reads about.
const MAX_CASES: usize = 1000;

/// Of all cases together, further ways to explain in which a literal did not hold.
const MAX_FURTHER: usize = 1000;
