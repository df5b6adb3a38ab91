//! Makes counterexamples smaller: fewer changes of what somebody wrote down, and nothing in them that does not matter.

use std::sync::Arc;

use super::check::Run;
use super::court::Variables;
use super::kind::{Broken, Trial};
use crate::probe::edit::{Case, Edit};
use crate::probe::place::{self, Place};
use crate::probe::pool::MAX_DEPTH;
use crate::value::{Object, Value};

/// A case that breaks a property, and how it was made.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The test or row that it was made of.
    pub(super) seed: Arc<str>,
    /// The case of it.
    pub(super) origin: Case,
    /// The changes.
    pub(super) edits: Vec<Edit>,
    /// The changed case.
    pub(super) raw: Case,
    /// The changed case, with what the property's terms put into it.
    pub(super) case: Case,
    /// The values of the property's variables.
    pub(super) variables: Variables,
    /// How it breaks the property.
    pub(super) broken: Broken,
}

/// The smallest that is found in as many evaluations as the settings allow.
pub(super) fn shrink(run: &mut Run<'_, '_>, found: Found) -> Found {
    let left = run.check.arena.settings().shrink_limit;
    let mut shrinker = Shrinker { run, found, left };
    shrinker.fewer_edits();
    shrinker.seeds_data();
    shrinker.simpler_variables();
    shrinker.less_input();
    shrinker.found
}

struct Shrinker<'s, 'r, 'p> {
    run: &'s mut Run<'r, 'p>,
    found: Found,
    left: u64,
}

impl Shrinker<'_, '_, '_> {
    /// Takes the case over if it breaks the property too.
    fn take(&mut self, edits: Vec<Edit>, raw: Case, variables: Variables) -> bool {
        let before = self.run.ask.court.asked;
        if self.left == 0 {
            return false;
        }
        let (trial, case) = self.run.attempt(&raw, &variables, None);
        self.left = self.left.saturating_sub(self.run.ask.court.asked - before);
        let Trial::Broken(broken) = trial else { return false };
        self.found = Found { edits, raw, case, variables, broken: *broken, ..self.found.clone() };
        true
    }

    /// Each change that is not needed goes, the last first.
    fn fewer_edits(&mut self) {
        let mut at = self.found.edits.len();
        while let Some(index) = at.checked_sub(1) {
            at = index;
            let mut edits = self.found.edits.clone();
            match edits.get(index).cloned() {
                // Of several that were made at once, some may do.
                Some(Edit::Several(parts)) if parts.len() > 1 => {
                    for part in parts {
                        let mut fewer = self.found.edits.clone();
                        if let Some(edit) = fewer.get_mut(index) {
                            *edit = part;
                        }
                        if self.replay(fewer) {
                            break;
                        }
                    }
                    edits.clone_from(&self.found.edits);
                }
                Some(_) | None => {}
            }
            if index < edits.len() {
                edits.remove(index);
                self.replay(edits);
            }
        }
    }

    fn replay(&mut self, edits: Vec<Edit>) -> bool {
        let made = edits.iter().try_fold(self.found.origin.clone(), |case, edit| edit.apply(&case));
        let Some(made) = made else { return false };
        let made = self.run.check.arena.mend(&self.found.origin, &made, self.run.ask.court);
        let variables = self.found.variables.clone();
        self.take(edits, made, variables)
    }

    /// The data that are loaded are easier to read about than those of a test.
    fn seeds_data(&mut self) {
        let loaded = self.run.check.arena.subject().policy.data().clone();
        if self.found.raw.data != loaded {
            let raw = Case { data: loaded, ..self.found.raw.clone() };
            let (edits, variables) = (self.found.edits.clone(), self.found.variables.clone());
            self.take(edits, raw, variables);
        }
    }

    /// Numbers nearer to zero, shorter texts.
    fn simpler_variables(&mut self) {
        let Some(Value::Object(bound)) = self.found.variables.clone() else { return };
        for (name, value) in &bound {
            let mut simplest = value.clone();
            while let Some(simpler) = simpler(&simplest).into_iter().find(|simpler| {
                let mut other: Object =
                    self.found.variables.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
                other.insert(name.clone(), simpler.clone());
                let (edits, raw) = (self.found.edits.clone(), self.found.raw.clone());
                self.could_be(name, simpler) && self.take(edits, raw, Some(Value::Object(other)))
            }) {
                simplest = simpler;
            }
        }
    }

    /// Whether a variable may have this value: of a list of values no others are.
    fn could_be(&self, name: &Value, value: &Value) -> bool {
        let variables = self.run.check.property.each.iter();
        let mut own = variables.filter(|variable| name.as_str() == Some(&*variable.name));
        own.any(|variable| match &variable.source {
            super::VariableSource::Integers { from, to } => value
                .as_number()
                .and_then(crate::value::Number::as_i64)
                .is_some_and(|number| (*from..=*to).contains(&number)),
            super::VariableSource::Texts => true,
            super::VariableSource::Elements(_)
            | super::VariableSource::OneOf(_)
            | super::VariableSource::Like(_)
            | super::VariableSource::Anything => false,
        })
    }

    /// What does not matter is left out of the input.
    fn less_input(&mut self) {
        let mut at = 0;
        loop {
            let Some(input) = &self.found.raw.input else { return };
            let places: Vec<Vec<Value>> =
                place::places(input, MAX_DEPTH).into_iter().map(|(steps, _)| steps).collect();
            let Some(steps) = places.into_iter().nth(at) else { return };
            if self.left == 0 {
                return;
            }
            let edit = Edit::Drop(Place::input(steps));
            let smaller = edit.apply(&self.found.raw);
            let (edits, variables) = (self.found.edits.clone(), self.found.variables.clone());
            if !smaller.is_some_and(|smaller| self.take(edits, smaller, variables)) {
                at += 1;
            }
        }
    }
}

/// Values that are simpler, the simplest first.
fn simpler(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => {
            let Some(number) = number.as_i64().filter(|number| *number != 0) else { return Vec::new() };
            let nearer = number - number.signum();
            [0, number / 2, nearer].into_iter().filter(|other| *other != number).map(Value::from).collect()
        }
        Value::String(text) => {
            let count = text.chars().count();
            let take = |count: usize| Value::from(text.chars().take(count).collect::<String>());
            [0, count / 2, count.saturating_sub(1)]
                .into_iter()
                .filter(|other| *other < count)
                .map(take)
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => Vec::new(),
    }
}
