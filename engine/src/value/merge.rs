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
        combine_objects(self, other, OnCollision::Refuse)
    }

    /// The entries of both, objects at the same key overlaid in the same way; at any other key that both have, `other`'s
    /// value is taken.
    #[must_use]
    pub fn overlay(self, other: Self) -> Self {
        combine_objects(self, other, OnCollision::TakeRight).unwrap_or_default()
    }
}

impl Object {
    /// As [`overlay`](Self::overlay), but of equal keys that are written otherwise `other`'s is taken too.
    #[must_use]
    pub(crate) fn overlay_with_keys(self, other: Self) -> Self {
        combine_objects(self, other, OnCollision::TakeRightWithKey).unwrap_or_default()
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

/// What becomes of a key that both have, and not with objects both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCollision {
    /// It is an error.
    Refuse,
    /// The right one's value is taken.
    TakeRight,
    /// The right one's value is taken, and its key, which may be written otherwise.
    TakeRightWithKey,
}

/// How two objects of some representation become one.
pub(crate) trait Pair {
    /// What entries are sorted by.
    type Key: Ord;
    /// A value.
    type Item;

    /// The entries of both, if they are objects; the right one otherwise.
    fn open(
        &mut self,
        left: Self::Item,
        right: Self::Item,
    ) -> Result<(EntriesOf<Self>, EntriesOf<Self>), Self::Item>;

    /// An object of entries that are sorted, no key twice.
    fn close(&mut self, entries: EntriesOf<Self>) -> Self::Item;

    /// A key, for messages.
    fn text(key: &Self::Key) -> Arc<str>;
}

/// The entries of an object in the order of their keys.
type EntriesOf<P> = Vec<(<P as Pair>::Key, <P as Pair>::Item)>;

/// The entries of two objects, both sorted without a key twice, and objects at the same key combined in the same way.
///
/// # Errors
/// The first conflict in the order of keys, if they are refused.
pub(crate) fn combine<P: Pair>(
    left: EntriesOf<P>,
    right: EntriesOf<P>,
    on_collision: OnCollision,
    pair: &mut P,
) -> Result<EntriesOf<P>, MergeConflictError> {
    let mut level = Level::new(left, right);
    let mut outer = Vec::new();
    loop {
        match level.next(on_collision) {
            Some((key, Sides::One(value))) => level.done.push((key, value)),
            Some((key, Sides::Both(left, right))) => match (pair.open(left, right), on_collision) {
                (Ok((left, right)), _) => {
                    outer.push((std::mem::replace(&mut level, Level::new(left, right)), key));
                }
                (Err(right), OnCollision::TakeRight | OnCollision::TakeRightWithKey) => {
                    level.done.push((key, right));
                }
                (Err(_), OnCollision::Refuse) => {
                    let keys = outer.into_iter().map(|(_, key)| key).chain([key]);
                    return Err(MergeConflictError { path: keys.map(|key| P::text(&key)).collect() });
                }
            },
            None => match outer.pop() {
                Some((enclosing, key)) => {
                    let merged = pair.close(std::mem::replace(&mut level, enclosing).done);
                    level.done.push((key, merged));
                }
                None => return Ok(level.done),
            },
        }
    }
}

/// Two objects on the way to become one.
struct Level<K, T> {
    left: Peekable<vec::IntoIter<(K, T)>>,
    right: Peekable<vec::IntoIter<(K, T)>>,
    done: Vec<(K, T)>,
}

impl<K: Ord, T> Level<K, T> {
    fn new(left: Vec<(K, T)>, right: Vec<(K, T)>) -> Self {
        let done = Vec::with_capacity(left.len().max(right.len()));
        Self { left: left.into_iter().peekable(), right: right.into_iter().peekable(), done }
    }

    /// The next entry in the order of keys, with both values when both sides have the key.
    fn next(&mut self, on_collision: OnCollision) -> Option<(K, Sides<T>)> {
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
            return Some((key, Sides::Both(left, right)));
        }
        let (key, value) = if ordering.is_lt() { self.left.next()? } else { self.right.next()? };
        Some((key, Sides::One(value)))
    }
}

enum Sides<T> {
    One(T),
    Both(T, T),
}

/// Values.
struct Values;

impl Pair for Values {
    type Key = Value;
    type Item = Value;

    fn open(&mut self, left: Value, right: Value) -> Result<(Entries, Entries), Value> {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => Ok((left.into_entries(), right.into_entries())),
            (_, right) => Err(right),
        }
    }

    fn close(&mut self, entries: Entries) -> Value {
        Value::Object(Object::from_sorted(entries))
    }

    fn text(key: &Value) -> Arc<str> {
        key_text(key)
    }
}

type Entries = Vec<(Value, Value)>;

fn combine_objects(
    left: Object,
    right: Object,
    on_collision: OnCollision,
) -> Result<Object, MergeConflictError> {
    combine(left.into_entries(), right.into_entries(), on_collision, &mut Values).map(Object::from_sorted)
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
