//! What can be seen at once: values that need no evaluation, without a copy.
//!
//! Most terms of a policy are constants, variables that have values, and references into the input, the data or a value that
//! a variable has. Nothing has to be evaluated for them, and who only compares a value doesn't have to hold it.

use super::frames::Frames;
use super::machine::{Held, World};
use super::reference::{base_child, child, is_as_asked};
use super::scope::Scope;
use crate::program::{Ref, Start, Target, Term};
use crate::value::Value;

/// What is read to see a value; none of it changes meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Sight<'s, 'a> {
    pub(super) world: &'s World<'a>,
    pub(super) scope: &'s Scope<'a>,
    pub(super) frames: &'s Frames<'a>,
}

/// What a look at a term tells.
#[derive(Clone, Copy)]
pub(super) enum Seen<'s, 'a> {
    /// A value of the program, the input or the data.
    Lasting(&'a Value),
    /// A value that the evaluation has made, or a part of it.
    Passing(&'s Value),
    /// The term is undefined.
    Nothing,
    /// The term has to be evaluated, or it has several values.
    Unclear,
}

impl<'s, 'a> Sight<'s, 'a> {
    /// What a term is.
    #[inline]
    pub(super) fn term(self, term: &'a Term) -> Seen<'s, 'a> {
        match term {
            Term::Constant(value) => Seen::Lasting(value),
            Term::Local(slot) => match self.frames.local(*slot) {
                Some(Held::Borrowed(value)) => Seen::Lasting(value),
                Some(Held::Owned(value)) => Seen::Passing(value),
                None => Seen::Unclear,
            },
            Term::Ref(reference) => self.reference(reference),
            Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => Seen::Unclear,
        }
    }

    /// What a reference leads to.
    #[inline]
    pub(super) fn reference(self, reference: &'a Ref) -> Seen<'s, 'a> {
        self.along(reference, reference.steps.len())
    }

    /// What the first `count` steps of a reference lead to.
    pub(super) fn along(self, reference: &'a Ref, count: usize) -> Seen<'s, 'a> {
        let steps = reference.steps.get(..count).unwrap_or_default();
        let held = match &reference.start {
            Start::Input => self.scope.input.as_ref(),
            Start::Local(_) if reference.written.as_ref().is_some_and(|literal| !literal.is_set()) => {
                return Seen::Unclear;
            }
            Start::Local(slot) => self.frames.local(*slot),
            Start::Data(Target::Base(id, depth)) if !self.scope.replaces_data() => {
                let Some(steps) = steps.get(*depth..) else { return Seen::Unclear };
                let base = self.world.bases.get(id.0 as usize).and_then(Option::as_ref);
                return base.map_or(Seen::Nothing, |base| lasting(self.walk(base, steps, base_child)));
            }
            Start::Data(_) | Start::Term(_) => return Seen::Unclear,
        };
        match held {
            Some(Held::Borrowed(value)) => lasting(self.walk(value, steps, child)),
            Some(Held::Owned(value)) => match self.walk(value, steps, child) {
                Ok(Some(value)) => Seen::Passing(value),
                Ok(None) => Seen::Nothing,
                Err(Unclear) => Seen::Unclear,
            },
            None => Seen::Nothing,
        }
    }

    #[inline]
    fn walk<'v>(
        self,
        start: &'v Value,
        steps: &'a [Term],
        child: impl Fn(&'v Value, &Value) -> Option<&'v Value>,
    ) -> Result<Option<&'v Value>, Unclear> {
        let mut at = start;
        for step in steps {
            let key = match step {
                Term::Constant(key) => key,
                Term::Local(slot) => self.frames.local(*slot).ok_or(Unclear)?.as_ref(),
                Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => {
                    return Err(Unclear);
                }
            };
            let Some(below) = child(at, key) else { return Ok(None) };
            if !is_as_asked(at, below, key) {
                return Err(Unclear);
            }
            at = below;
        }
        Ok(Some(at))
    }
}

impl<'s> Seen<'s, 's> {
    /// The value, however long it lasts.
    #[inline]
    pub(super) fn value(self) -> Option<&'s Value> {
        match self {
            Self::Lasting(value) | Self::Passing(value) => Some(value),
            Self::Nothing | Self::Unclear => None,
        }
    }
}

/// A step needs evaluation, or is a variable without a value.
#[derive(Clone, Copy)]
struct Unclear;

#[inline]
fn lasting(found: Result<Option<&Value>, Unclear>) -> Seen<'_, '_> {
    match found {
        Ok(Some(value)) => Seen::Lasting(value),
        Ok(None) => Seen::Nothing,
        Err(Unclear) => Seen::Unclear,
    }
}
