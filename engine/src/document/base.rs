//! Base documents: what `data` holds without rules, as values or as outlines of texts.

use std::fmt;
use std::sync::Arc;

use super::file::{BadBytes, TextError, json_of};
use crate::value::{MergeConflictError, Object, Value};

/// An object of base documents, read for a purpose: [`Object`] to be evaluated, [`Outline`](super::Outline) to be packed. Both
/// have the same answers.
pub trait BaseData: Clone + Default + fmt::Debug + Send + Sync {
    /// The document of a JSON file, with objects around it by the keys of its place; `None` when that is no object.
    ///
    /// # Errors
    /// As [`json_value`](super::json_value), and bytes that are refused.
    fn of_json(
        name: &Arc<str>,
        bytes: Vec<u8>,
        bad: BadBytes,
        place: &[Arc<str>],
    ) -> Result<Option<Self>, TextError>;

    /// The value, with objects around it by the keys of its place; `None` when that is no object. There must be no sets in it,
    /// and no keys that are no strings.
    fn of_value(value: Value, place: &[Arc<str>]) -> Option<Self>;

    /// Objects around this one, by the keys of a place.
    #[must_use]
    fn placed(self, place: &[Arc<str>]) -> Self;

    /// What is at a place and nothing else, with the objects around it; `None` when nothing is there, or when the place is the
    /// root.
    fn only(&self, place: &[Arc<str>]) -> Option<Self>;

    /// What is at a key.
    fn entry(&self, key: &str) -> Option<Inner<Self>>;

    /// All entries in the order of their keys.
    fn entries(&self) -> Vec<(Arc<str>, Inner<Self>)>;

    /// Whether there is a value at a path, or something that is no object on the way to it. Arrays are stepped into as
    /// [`Value::lookup`] does.
    fn is_taken(&self, path: &[&str]) -> bool;

    /// The entries of both, as [`Object::merge`] has them.
    ///
    /// # Errors
    /// As there.
    fn merge(self, other: Self) -> Result<Self, MergeConflictError>;

    /// The entries of both, as [`Object::overlay`] has them.
    #[must_use]
    fn overlay(self, other: Self) -> Self;
}

/// What an object of base documents has at a key.
#[derive(Debug, Clone)]
pub enum Inner<D> {
    /// An object.
    Object(D),
    /// Anything else.
    Other,
}

impl BaseData for Object {
    fn of_json(
        name: &Arc<str>,
        bytes: Vec<u8>,
        bad: BadBytes,
        place: &[Arc<str>],
    ) -> Result<Option<Self>, TextError> {
        json_of(name, bytes, bad).map(|value| Self::of_value(value, place))
    }

    fn of_value(value: Value, place: &[Arc<str>]) -> Option<Self> {
        if let Value::Object(object) = mounted(place, value) { Some(object) } else { None }
    }

    fn placed(self, place: &[Arc<str>]) -> Self {
        Self::of_value(Value::Object(self), place).unwrap_or_default()
    }

    fn only(&self, place: &[Arc<str>]) -> Option<Self> {
        let (first, rest) = place.split_first()?;
        let value =
            rest.iter().try_fold(self.get_str(first)?, |value, key| value.as_object()?.get_str(key))?;
        Self::of_value(value.clone(), place)
    }

    fn entry(&self, key: &str) -> Option<Inner<Self>> {
        self.get_str(key).map(inner)
    }

    fn entries(&self) -> Vec<(Arc<str>, Inner<Self>)> {
        let entry = |(key, value): (&Value, &Value)| key.as_str().map(|key| (Arc::from(key), inner(value)));
        self.iter().filter_map(entry).collect()
    }

    fn is_taken(&self, path: &[&str]) -> bool {
        is_value_taken(&Value::Object(self.clone()), path)
    }

    fn merge(self, other: Self) -> Result<Self, MergeConflictError> {
        self.merge(other)
    }

    fn overlay(self, other: Self) -> Self {
        self.overlay(other)
    }
}

/// The value at the keys of `place`: objects around it.
pub fn mounted(place: &[Arc<str>], value: Value) -> Value {
    place
        .iter()
        .rev()
        .fold(value, |value, key| Value::Object(Object::from_iter([(Value::String(Arc::clone(key)), value)])))
}

/// As [`BaseData::is_taken`], in any value.
pub(super) fn is_value_taken(value: &Value, path: &[&str]) -> bool {
    let mut at = value;
    for segment in path {
        match at.lookup(&[segment]) {
            Some(next) => at = next,
            None => return at.as_object().is_none(),
        }
    }
    true
}

fn inner(value: &Value) -> Inner<Object> {
    match value {
        Value::Object(object) => Inner::Object(object.clone()),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Set(_) => Inner::Other,
    }
}
