//! Literals that are gone through as they are written: OPA leaves the terms of a set or an object in a variable what they are, and
//! goes through them in the order of terms, also through several that come to the same value.

use super::error::Result;
use super::machine::{Flow, Found, Held, Machine};
use super::observer::{Observer, Side};
use crate::program::{Ref, Start, Term};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// The literal at the start of a reference that is gone through as it is written, if this is its value.
    pub(super) fn literal(&mut self, reference: &'a Ref, value: &Held<'a>) -> Result<Option<&'a Term>> {
        let literal = match &reference.start {
            Start::Local(_) => reference.written.as_deref(),
            Start::Term(term) => Some(&**term).filter(|term| term.goes_as_written()),
            Start::Input | Start::Data(_) => None,
        };
        let Some(literal) = literal.filter(|_| !reference.steps.is_empty()) else { return Ok(None) };
        // In a set a known value is found in the same way however the set is written.
        if literal.is_set() && reference.steps.first().is_some_and(|step| self.is_ground(step)) {
            return Ok(None);
        }
        Ok(self.value(literal)?.is_some_and(|found| found == *value).then_some(literal))
    }

    /// Calls `found` for each value that steps from a literal lead to.
    pub(super) fn each_written(
        &mut self,
        literal: &'a Term,
        steps: &'a [Term],
        found: Found<'_, 'a, O>,
    ) -> Result<Flow> {
        let Some((step, after)) = steps.split_first() else {
            return match self.value(literal)? {
                Some(value) => found(self, value),
                None => Ok(Flow::More),
            };
        };
        match literal {
            Term::Array(terms) => {
                for (index, term) in terms.iter().enumerate() {
                    let key = super::body::position(index);
                    if self.at_key(step, key, &mut |machine| machine.each_written(term, after, found))?
                        == Flow::Done
                    {
                        return Ok(Flow::Done);
                    }
                }
                Ok(Flow::More)
            }
            Term::Set(_) if self.is_ground(step) => match self.value(literal)? {
                Some(value) => self.each_step(value, steps, found),
                None => Ok(Flow::More),
            },
            Term::Set(terms) => {
                for term in terms {
                    let Some(key) = self.value(term)? else { continue };
                    let flow =
                        self.at_key(step, key, &mut |machine| machine.each_written(term, after, found))?;
                    if flow == Flow::Done {
                        return Ok(flow);
                    }
                }
                Ok(Flow::More)
            }
            Term::Object(pairs) => {
                // Of equal keys the first has the value.
                let mut keys: Vec<Value> = Vec::with_capacity(pairs.len());
                for (key, _) in pairs {
                    let Some(key) = self.value(key)? else { return Ok(Flow::More) };
                    keys.push(key.into_owned());
                }
                let is_known = self.is_ground(step);
                for key in &keys {
                    let first = keys.iter().position(|other| other == key);
                    let Some((_, value)) = first.and_then(|first| pairs.get(first)) else { continue };
                    let held = Held::Owned(key.clone());
                    let mut fits = false;
                    let flow = self.at_key(step, held, &mut |machine| {
                        fits = true;
                        machine.each_written(value, after, found)
                    })?;
                    if flow == Flow::Done || is_known && fits {
                        return Ok(flow);
                    }
                }
                Ok(Flow::More)
            }
            Term::Constant(_) | Term::Local(_) | Term::Ref(_) | Term::Comprehension(_) => {
                match self.value(literal)? {
                    Some(value) => self.each_step(value, steps, found),
                    None => Ok(Flow::More),
                }
            }
        }
    }

    /// Calls `inside` if a key fits a step, whose bindings are undone afterwards.
    fn at_key(
        &mut self,
        step: &'a Term,
        key: Held<'a>,
        inside: &mut dyn FnMut(&mut Self) -> Result<Flow>,
    ) -> Result<Flow> {
        self.budget.step()?;
        let mark = self.mark();
        self.tell(Side::Value(&key), Side::Term(step));
        let flow = if self.matches(step, key)? { inside(self)? } else { Flow::More };
        self.undo(mark);
        Ok(flow)
    }
}
