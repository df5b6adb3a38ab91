//! Comprehensions.

use super::error::{Failure, Result};
use super::machine::{Flow, Machine};
use super::observer::Observer;
use crate::policy::ErrorCode;
use crate::program::{Comprehension, ComprehensionHead};
use crate::source::Span;
use crate::value::{Array, Object, Set, Value};

impl<'a, O: Observer> Machine<'a, O> {
    /// The value of a comprehension.
    pub(super) fn collect(&mut self, comprehension: &'a Comprehension) -> Result<Value> {
        let body = &comprehension.body;
        let literals = &body.literals;
        self.observer.enter_body(body);
        let value = match &comprehension.head {
            ComprehensionHead::Array(term) => {
                let mut values = Vec::new();
                self.run(literals, &mut |machine| {
                    machine.observer.exit_body(body);
                    if let Some(value) = machine.value(term)? {
                        machine.budget.keep(&value)?;
                        values.push(value.into_owned());
                    }
                    Ok(Flow::More)
                })?;
                Value::Array(Array::from(values))
            }
            ComprehensionHead::Set(term) => {
                let mut values = Vec::new();
                self.run(literals, &mut |machine| {
                    machine.observer.exit_body(body);
                    if let Some(value) = machine.value(term)? {
                        machine.budget.keep(&value)?;
                        values.push(value.into_owned());
                    }
                    Ok(Flow::More)
                })?;
                Value::Set(values.into_iter().collect::<Set>())
            }
            ComprehensionHead::Object(key, value) => {
                let mut entries = Vec::new();
                self.run(literals, &mut |machine| {
                    machine.observer.exit_body(body);
                    if let (Some(key), Some(value)) = (machine.value(key)?, machine.value(value)?) {
                        machine.budget.keep(&key)?;
                        machine.budget.keep(&value)?;
                        entries.push((key.into_owned(), value.into_owned()));
                    }
                    Ok(Flow::More)
                })?;
                Value::Object(object(entries, comprehension.span)?)
            }
        };
        self.observer.leave_body(body);
        Ok(value)
    }
}

/// An object of entries in any order.
///
/// # Errors
/// When one key has two values.
fn object(entries: Vec<(Value, Value)>, span: Span) -> Result<Object> {
    let mut sorted = entries;
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let conflict = sorted
        .iter()
        .zip(sorted.iter().skip(1))
        .any(|((left, first), (right, second))| left == right && first != second);
    if conflict {
        return Err(Failure::stop(ErrorCode::Conflict, "object keys must be unique", Some(span)));
    }
    sorted.dedup_by(|(left, _), (right, _)| left == right);
    Ok(sorted.into_iter().collect())
}
