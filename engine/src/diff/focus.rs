//! What only one of two versions has: of the base documents, and of what inputs are compared with.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Versions;
use crate::probe::model::Model;
use crate::probe::place;
use crate::probe::pool::{MAX_DEPTH, is_scalar};
use crate::value::{Array, Object, Value};

/// Values that only one of two versions knows. Differences are told apart by those of them that an input has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Novel {
    values: BTreeSet<Value>,
    texts: BTreeSet<Arc<str>>,
}

/// The values of an input that only one version knows.
pub(super) type Mention = BTreeSet<Value>;

impl Novel {
    /// The constants and patterns that only one of two models has, and what is in the documents of `focus`.
    pub(super) fn of(models: [&Model; 2], focus: &[Value]) -> Self {
        let mut novel = Self::default();
        let [one, other] = models;
        for (own, others) in [(one, other), (other, one)] {
            for (pattern, reading) in &own.inputs {
                let known = others.inputs.get(pattern);
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
