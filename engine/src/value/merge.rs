//! Putting two values together: the merge of data documents, and the overlay of inputs.

use std::iter::Peekable;
use std::sync::Arc;
use std::vec;

use super::{Object, Value};

/// Two documents that both say something about one path, and not both that it is an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("merge error: conflicting values at {}", data_path(path))]
pub struct MergeConflictError {
    /// The keys that lead to the conflict, outermost first.
    pub path: Vec<Arc<str>>,
}

impl Object {
    /// The entries of both, objects at the same key merged in the same way, as OPA merges data documents.
    ///
    /// # Errors
    ///
    /// When both have a key and not both values are objects, even if they are equal. Of several conflicts the one reported
    /// is the first in the order of keys.
    pub fn merge(self, other: Self) -> Result<Self, MergeConflictError> {
        combine(self, other, OnCollision::Refuse)
    }

    /// The entries of both, objects at the same key overlaid in the same way; at any other key that both have, `other`'s
    /// value is taken.
    #[must_use]
    pub fn overlay(self, other: Self) -> Self {
        combine(self, other, OnCollision::TakeRight).unwrap_or_default()
    }
}

impl Object {
    /// As [`overlay`](Self::overlay), but of equal keys that are written otherwise `other`'s is taken too.
    #[must_use]
    pub(crate) fn overlay_with_keys(self, other: Self) -> Self {
        combine(self, other, OnCollision::TakeRightWithKey).unwrap_or_default()
    }
}

impl Value {
    /// Two objects are [overlaid](Object::overlay); in all other cases the answer is `other`.
    #[must_use]
    pub fn overlay(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(left), Self::Object(right)) => Self::Object(left.overlay(right)),
            (_, other) => other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnCollision {
    Refuse,
    TakeRight,
    TakeRightWithKey,
}

/// Two objects on the way to become one.
struct Level {
    left: Peekable<vec::IntoIter<(Value, Value)>>,
    right: Peekable<vec::IntoIter<(Value, Value)>>,
    done: Vec<(Value, Value)>,
}

impl Level {
    fn new(left: Object, right: Object) -> Self {
        let (left, right) = (left.into_entries(), right.into_entries());
        let done = Vec::with_capacity(left.len().max(right.len()));
        Self { left: left.into_iter().peekable(), right: right.into_iter().peekable(), done }
    }

    /// The next entry in the order of keys, with both values when both sides have the key.
    fn next(&mut self, on_collision: OnCollision) -> Option<(Value, Pair)> {
        let ordering = match (self.left.peek(), self.right.peek()) {
            (Some((left, _)), Some((right, _))) => left.cmp(right),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        if ordering.is_eq() {
            let ((left_key, left), (right_key, right)) = (self.left.next()?, self.right.next()?);
            let key = match on_collision {
                OnCollision::Refuse | OnCollision::TakeRight => left_key,
                OnCollision::TakeRightWithKey => right_key,
            };
            return Some((key, Pair::Both(left, right)));
        }
        let (key, value) = if ordering.is_lt() { self.left.next()? } else { self.right.next()? };
        Some((key, Pair::One(value)))
    }
}

enum Pair {
    One(Value),
    Both(Value, Value),
}

fn combine(left: Object, right: Object, on_collision: OnCollision) -> Result<Object, MergeConflictError> {
    let mut level = Level::new(left, right);
    let mut outer: Vec<(Level, Value)> = Vec::new();
    loop {
        match level.next(on_collision) {
            Some((key, Pair::One(value))) => level.done.push((key, value)),
            Some((key, Pair::Both(Value::Object(left), Value::Object(right)))) => {
                outer.push((std::mem::replace(&mut level, Level::new(left, right)), key));
            }
            Some((key, Pair::Both(_, right))) => match on_collision {
                OnCollision::TakeRight | OnCollision::TakeRightWithKey => level.done.push((key, right)),
                OnCollision::Refuse => {
                    let keys = outer.into_iter().map(|(_, key)| key).chain([key]);
                    return Err(MergeConflictError { path: keys.map(|key| key_text(&key)).collect() });
                }
            },
            None => {
                let merged = Object::from_sorted(level.done);
                match outer.pop() {
                    Some((enclosing, key)) => {
                        level = enclosing;
                        level.done.push((key, Value::Object(merged)));
                    }
                    None => return Ok(merged),
                }
            }
        }
    }
}

fn key_text(key: &Value) -> Arc<str> {
    match key {
        Value::String(text) => Arc::clone(text),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => key.to_rego().into(),
    }
}

/// The path as a reference under `data`: `data.a["b-c"]`.
fn data_path(path: &[Arc<str>]) -> String {
    path.iter().fold("data".to_owned(), |reference, key| {
        let is_identifier = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && key.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        if is_identifier {
            format!("{reference}.{key}")
        } else {
            format!("{reference}[{}]", super::rego_string(key))
        }
    })
}
