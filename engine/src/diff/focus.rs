//! What only one of two versions has: of the base documents, and of what inputs are compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Versions;
use super::normal::Changed;
use crate::probe::model::{Model, Pattern, Reading, Segment};
use crate::probe::place;
use crate::probe::pool::{MAX_DEPTH, is_scalar};
use crate::value::{Array, Object, Value};

/// Values that only one of two versions knows. Differences are told apart by those of them that an input has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Novel {
    values: BTreeSet<Value>,
    texts: BTreeSet<Arc<str>>,
    /// What only one version makes of paths of the input; all of it where only one version reads the path, or a clause that only one has.
    pub(super) readings: BTreeMap<Pattern, Reading>,
    /// The paths of the input that only one version reads.
    only: BTreeSet<Pattern>,
}

/// The values of an input that only one version knows.
pub(super) type Mention = BTreeSet<Value>;

impl Novel {
    /// The constants and patterns that only one of two models has, and what is in the documents of `focus`. The models are of the
    /// versions that `changed` is about.
    pub(super) fn of([old, new]: [&Model; 2], changed: &Changed, focus: &[Value]) -> Self {
        let mut novel = Self::default();
        for (own, others, changed) in [(old, new, &changed.old), (new, old, &changed.new)] {
            for (pattern, reading) in &own.inputs {
                let known = others.inputs.get(pattern);
                // All that a changed clause asks of a path, new or not.
                if known.is_none() {
                    novel.only.insert(pattern.clone());
                }
                let asks = !reading.clauses.is_disjoint(changed);
                novel.read(pattern, reading, known.filter(|_| !asks));
                let constants = reading.constants.iter().chain(&reading.bounds);
                let is_new = |value: &&Value| {
                    known
                        .is_none_or(|known| !known.constants.contains(value) && !known.bounds.contains(value))
                };
                novel.values.extend(constants.filter(is_new).cloned());
                let texts =
                    reading.texts.iter().filter(|test| known.is_none_or(|known| !known.texts.contains(test)));
                novel.texts.extend(texts.map(|test| Arc::clone(&test.pattern)));
            }
        }
        let mut open: Vec<&Value> = focus.iter().collect();
        while let Some(value) = open.pop() {
            if novel.values.len() >= MAX_NOVEL {
                break;
            }
            match value {
                Value::Object(object) => {
                    novel.values.extend(object.keys().filter(|key| is_scalar(key)).cloned());
                    open.extend(object.values());
                }
                Value::Array(array) => open.extend(array.iter()),
                Value::Set(set) => open.extend(set.iter()),
                Value::String(_) | Value::Number(_) => _ = novel.values.insert(value.clone()),
                Value::Null | Value::Bool(_) => {}
            }
        }
        novel
    }

    /// Whether only one version reads this path.
    pub(super) fn only_one_reads(&self, pattern: &Pattern) -> bool {
        self.only.contains(pattern)
    }

    /// Whether anything in a place is read by what only one version has.
    pub(super) fn reads_below(&self, steps: &[Value]) -> bool {
        let is_on_the_way = |pattern: &Pattern| {
            pattern.steps.len() >= steps.len()
                && pattern.steps.iter().zip(steps).all(|(segment, step)| match segment {
                    Segment::Key(key) => key == step,
                    Segment::Each | Segment::Keys => true,
                })
        };
        self.readings.keys().any(is_on_the_way)
    }

    /// Takes in what is new in a reading.
    fn read(&mut self, pattern: &Pattern, own: &Reading, known: Option<&Reading>) {
        let empty = Reading::default();
        let other = known.unwrap_or(&empty);
        let new = Reading {
            types: own.types.clone(),
            constants: own.constants.difference(&other.constants).cloned().collect(),
            joins: own.joins.difference(&other.joins).cloned().collect(),
            texts: own.texts.difference(&other.texts).cloned().collect(),
            bounds: own.bounds.difference(&other.bounds).cloned().collect(),
            clauses: own.clauses.clone(),
        };
        let says_nothing =
            new.constants.is_empty() && new.joins.is_empty() && new.texts.is_empty() && new.bounds.is_empty();
        if known.is_some() && says_nothing {
            return;
        }
        let all = self.readings.entry(pattern.clone()).or_default();
        all.types.extend(new.types);
        all.constants.extend(new.constants);
        all.joins.extend(new.joins);
        all.texts.extend(new.texts);
        all.bounds.extend(new.bounds);
        all.clauses.extend(new.clauses);
    }

    /// Whether it has one of the columns of a row.
    pub(super) fn has_any_of(&self, row: &Object) -> bool {
        row.values().any(|value| self.values.contains(value))
    }

    /// What of it an input has.
    pub(super) fn mentioned(&self, input: Option<&Value>) -> Mention {
        let mut mention = Mention::new();
        let places = input.map(|input| place::places(input, MAX_DEPTH)).unwrap_or_default();
        for (_, value) in places {
            if self.values.contains(value) {
                mention.insert(value.clone());
            }
            if let Some(text) = value.as_str() {
                let texts = self.texts.iter().filter(|pattern| text.contains(&***pattern));
                mention.extend(texts.map(|pattern| Value::String(Arc::clone(pattern))));
            }
        }
        mention
    }
}

/// Of the base documents of each version what the other doesn't have; those that have nothing of it are left out.
pub(super) fn focuses(versions: Versions<'_>) -> Vec<Value> {
    let (old, new) = (versions.old.policy.data(), versions.new.policy.data());
    [(old, new), (new, old)]
        .into_iter()
        .filter_map(|(other, own)| only_in(own, other, MAX_FOCUS_DEPTH))
        .collect()
}

/// What `own` has beyond `other`: rows stay whole.
fn only_in(own: &Value, other: &Value, depth: usize) -> Option<Value> {
    if own == other {
        return None;
    }
    match (own, other) {
        (Value::Object(own), Value::Object(other)) if depth > 0 => {
            if own.values().all(is_scalar) {
                return Some(Value::Object(own.clone()));
            }
            let entries = own.iter().filter_map(|(key, value)| {
                let left = match other.get(key) {
                    Some(known) => only_in(value, known, depth - 1)?,
                    None => value.clone(),
                };
                Some((key.clone(), left))
            });
            let left: Object = entries.collect();
            (!left.is_empty()).then_some(Value::Object(left))
        }
        (Value::Array(own), Value::Array(other)) => {
            let known: BTreeSet<&Value> = other.iter().collect();
            let left: Array = own.iter().filter(|value| !known.contains(value)).cloned().collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
        _ => Some(own.clone()),
    }
}

/// How deep documents are compared, and how many values are taken of them.
const MAX_FOCUS_DEPTH: usize = 16;
const MAX_NOVEL: usize = 10_000;
