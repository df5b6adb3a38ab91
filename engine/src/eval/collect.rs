//! Comprehensions.

use super::error::{Failure, Result};
use super::machine::{Flow, Machine};
use super::observer::Observer;
use crate::policy::ErrorCode;
use crate::program::{Comprehension, ComprehensionHead};
use crate::source::Span;
use crate::value::{Array, Object, Set, Value};

/// What a comprehension has collected, in the order in which it was found.
#[derive(Debug)]
pub(super) enum Collected {
    /// The elements of an array.
    Array(Vec<Value>),
    /// The elements of a set.
    Set(Vec<Value>),
    /// The entries of an object.
    Object(Vec<(Value, Value)>),
}

impl<'a, O: Observer> Machine<'a, O> {
    /// The value of a comprehension.
    pub(super) fn collect(&mut self, comprehension: &'a Comprehension) -> Result<Value> {
        if let Some(indexed) = &comprehension.indexed
            && let Some(value) = self.indexed(comprehension, indexed)?
        {
            return Ok(value);
        }
        if let Some(grouping) = &comprehension.grouping
            && let Some(value) = self.grouped(comprehension, grouping)?
        {
            return Ok(value);
        }
        let body = &comprehension.body;
        self.observer.enter_body(body);
        let mut collected = Collected::new(&comprehension.head);
        self.run(&body.literals, &mut |machine| {
            machine.observer.exit_body(body);
            machine.add(&comprehension.head, &mut collected)?;
            Ok(Flow::More)
        })?;
        let value = collected.into_value(comprehension)?;
        self.observer.leave_body(body);
        Ok(value)
    }

    /// Adds what a head comes to now, unless it is undefined.
    pub(super) fn add(&mut self, head: &'a ComprehensionHead, collected: &mut Collected) -> Result<()> {
        match (head, collected) {
            (ComprehensionHead::Array(term), Collected::Array(values))
            | (ComprehensionHead::Set(term), Collected::Set(values)) => {
                if let Some(value) = self.value(term)? {
                    self.budget.keep(&value)?;
                    values.push(value.into_owned());
                }
            }
            (ComprehensionHead::Object(key, value), Collected::Object(entries)) => {
                if let (Some(key), Some(value)) = (self.value(key)?, self.value(value)?) {
                    self.budget.keep(&key)?;
                    self.budget.keep(&value)?;
                    entries.push((key.into_owned(), value.into_owned()));
                }
            }
            (ComprehensionHead::Array(_) | ComprehensionHead::Set(_) | ComprehensionHead::Object(..), _) => {
                return Err(Failure::internal("a comprehension collects something else"));
            }
        }
        Ok(())
    }
}

impl Collected {
    /// Nothing yet.
    pub(super) fn new(head: &ComprehensionHead) -> Self {
        match head {
            ComprehensionHead::Array(_) => Self::Array(Vec::new()),
            ComprehensionHead::Set(_) => Self::Set(Vec::new()),
            ComprehensionHead::Object(..) => Self::Object(Vec::new()),
        }
    }

    /// All of it as one value.
    ///
    /// # Errors
    /// When one key of an object has two values, unless OPA indexes the comprehension: it keeps the last one then.
    pub(super) fn into_value(self, comprehension: &Comprehension) -> Result<Value> {
        let conflict = comprehension.indexed.is_none().then_some(comprehension.span);
        Ok(match self {
            Self::Array(values) => Value::Array(Array::from(values)),
            Self::Set(values) => Value::Set(values.into_iter().collect::<Set>()),
            Self::Object(entries) => Value::Object(object(entries, conflict)?),
        })
    }
}

impl Default for Collected {
    fn default() -> Self {
        Self::Array(Vec::new())
    }
}

/// An object of entries in any order. Of equal keys and values that are written otherwise, as OPA does, the first key and
/// the last value are taken.
///
/// # Errors
/// When one key has two values, if a place is given where that is an error.
fn object(entries: Vec<(Value, Value)>, place: Option<Span>) -> Result<Object> {
    let mut sorted = entries;
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut conflict = false;
    sorted.dedup_by(|(key, value), (kept_key, kept_value)| {
        let is_repeated = key == kept_key;
        conflict |= is_repeated && value != kept_value;
        if is_repeated {
            std::mem::swap(value, kept_value);
        }
        is_repeated
    });
    if conflict && place.is_some() {
        return Err(Failure::stop(ErrorCode::Conflict, "object keys must be unique", place));
    }
    Ok(sorted.into_iter().collect())
}
