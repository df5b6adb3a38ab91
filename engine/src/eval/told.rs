//! Literals for those who want to be told what is made equal to what: without the shortcuts that would hide it.

use super::body::{Step, is_true};
use super::error::Result;
use super::machine::{Held, Machine};
use super::observer::{Observer, Side};
use crate::program::{Call, Comprehension, Literal, Operation, Ref, Start, Target, Term};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// Whether somebody wants to be told.
    #[inline]
    pub(super) fn tells(&self) -> bool {
        O::AS_OPA && self.observer.unifies()
    }

    /// Tells that two sides are made equal, if somebody wants to know.
    #[inline]
    pub(super) fn tell(&mut self, left: Side<'_>, right: Side<'_>) {
        if self.tells() {
            self.watch(|observer, view| observer.unify(left, right, view));
        }
    }

    /// Tells what a call came to.
    pub(super) fn tell_output(&mut self, call: &Call, value: &Value) {
        if let Some(output) = &call.output {
            self.tell(Side::Term(output), Side::Value(value));
        }
    }

    /// Tells what a reference came to and what that is made equal to. OPA has another order for base documents.
    pub(super) fn tell_found(&mut self, reference: &Ref, value: &Value, other: Side<'_>) {
        let of_rule = match &reference.start {
            Start::Data(Target::Base(..)) => false,
            Start::Data(Target::Tree) => reference.steps.iter().any(|step| step.as_constant().is_none()),
            Start::Data(Target::Rule(..)) | Start::Local(_) | Start::Term(_) | Start::Input => true,
        };
        if of_rule {
            self.tell(Side::Value(value), other);
        } else {
            self.tell(other, Side::Value(value));
        }
    }

    /// As `step`, for the literals that make something equal; nothing for others.
    pub(super) fn step_told(&mut self, literal: &'a Literal) -> Result<Option<Step>> {
        Ok(Some(match &literal.operation {
            Operation::Unify(left, right) => {
                self.tell(Side::Term(left), Side::Term(right));
                self.unify(left, right)?.into()
            }
            Operation::Lookup(pattern, reference) => self.meet_told(pattern, reference)?,
            Operation::Collect(pattern, comprehension) => self.collect_told(pattern, comprehension)?,
            Operation::Test(reference) => {
                self.tell(Side::Ref(reference), Side::Result);
                if !self.are_ground(&reference.steps) {
                    return Ok(Some(Step::Many));
                }
                let Some(value) = self.follow_unseen(reference)? else { return Ok(Some(Step::Fails)) };
                self.tell_found(reference, &value, Side::Result);
                is_true(&value).into()
            }
            Operation::Truth(term) => {
                let value = self.value(term)?;
                self.tell(Side::Term(term), Side::Result);
                value.is_some_and(|value| is_true(&value)).into()
            }
            Operation::Call(_)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::And(..)
            | Operation::Or(..) => return Ok(None),
        }))
    }

    fn meet_told(&mut self, pattern: &'a Term, reference: &'a Ref) -> Result<Step> {
        self.watch(|observer, view| observer.equality(Side::Term(pattern), Side::Ref(reference), view));
        let other_is_open = matches!(pattern, Term::Ref(other) if !self.are_ground(&other.steps));
        if other_is_open || !self.are_ground(&reference.steps) {
            return Ok(Step::Many);
        }
        let Some(value) = self.follow_unseen(reference)? else { return Ok(Step::Fails) };
        if let Term::Ref(other) = pattern {
            self.tell(Side::Value(&value), Side::Ref(other));
            let Some(found) = self.follow_unseen(other)? else { return Ok(Step::Fails) };
            self.tell_found(other, &found, Side::Value(&value));
            return Ok((value == found).into());
        }
        self.tell_found(reference, &value, Side::Term(pattern));
        Ok(self.matches(pattern, value)?.into())
    }

    fn collect_told(&mut self, pattern: &'a Term, comprehension: &'a Comprehension) -> Result<Step> {
        let collected = Side::Comprehension(comprehension);
        if comprehension.on_right {
            self.tell(Side::Term(pattern), collected);
            if !self.can_be(pattern, &comprehension.head) {
                return Ok(Step::Fails);
            }
        } else {
            self.tell(collected, Side::Term(pattern));
        }
        let value = self.collect(comprehension)?;
        self.tell(Side::Value(&value), Side::Term(pattern));
        Ok(self.matches(pattern, Held::Owned(value))?.into())
    }
}
