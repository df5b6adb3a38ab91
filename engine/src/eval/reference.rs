//! References: from where they start, step by step, to the values they lead to.

use super::error::Result;
use super::machine::{Flow, Found, Held, Machine};
use super::observer::{Observer, Side};
use super::sight::Seen;
use crate::program::{Ref, Start, Target, Term};
use crate::value::Value;

impl<'a, O: Observer> Machine<'a, O> {
    /// The value of a reference whose steps are all known.
    pub(super) fn follow(&mut self, reference: &'a Ref) -> Result<Option<Held<'a>>> {
        match self.sight().reference(reference) {
            Seen::Lasting(value) => Ok(Some(Held::Borrowed(value))),
            Seen::Passing(value) => Ok(Some(Held::Owned(value.clone()))),
            Seen::Nothing => Ok(None),
            Seen::Unclear => self.follow_unseen(reference),
        }
    }

    /// As [`follow`](Self::follow), for what has to be evaluated on the way.
    pub(super) fn follow_unseen(&mut self, reference: &'a Ref) -> Result<Option<Held<'a>>> {
        match &reference.start {
            Start::Data(target) if !self.scope.replaces_data() => match target {
                Target::Base(id, depth) => {
                    let Some(value) = self.base(*id) else { return Ok(None) };
                    self.follow_base(Held::Borrowed(value), reference.steps.get(*depth..).unwrap_or_default())
                }
                Target::Rule(rule, depth) => {
                    let steps = reference.steps.get(*depth..).unwrap_or_default();
                    let Some(document) = self.rule_at(*rule, steps)? else { return Ok(None) };
                    self.follow_steps(document, steps)
                }
                Target::Tree => self.first(reference),
            },
            Start::Data(_) => self.first(reference),
            Start::Input | Start::Local(_) | Start::Term(_) => {
                let Some(start) = self.start(&reference.start)? else { return Ok(None) };
                if let Some(literal) = self.literal(reference, &start)? {
                    let mut first = None;
                    self.each_written(literal, &reference.steps, &mut |_, value| {
                        first = Some(value);
                        Ok(Flow::Done)
                    })?;
                    return Ok(first);
                }
                self.follow_steps(start, &reference.steps)
            }
        }
    }

    /// The value of a reference, or the first of several.
    pub(super) fn first(&mut self, reference: &'a Ref) -> Result<Option<Held<'a>>> {
        match self.sight().reference(reference) {
            Seen::Lasting(value) => return Ok(Some(Held::Borrowed(value))),
            Seen::Passing(value) => return Ok(Some(Held::Owned(value.clone()))),
            Seen::Nothing => return Ok(None),
            Seen::Unclear => {}
        }
        if !matches!(reference.start, Start::Data(_)) && self.are_ground(&reference.steps) {
            return self.follow_unseen(reference);
        }
        let mut found = None;
        self.each(reference, &mut |_, value| {
            found = Some(value);
            Ok(Flow::Done)
        })?;
        Ok(found)
    }

    /// Calls `found` for each value that a reference leads to.
    pub(super) fn each(&mut self, reference: &'a Ref, found: Found<'_, 'a, O>) -> Result<Flow> {
        match &reference.start {
            Start::Data(target) if !self.scope.replaces_data() => match target {
                Target::Base(id, depth) => {
                    let Some(value) = self.base(*id) else { return Ok(Flow::More) };
                    let steps = reference.steps.get(*depth..).unwrap_or_default();
                    self.each_base(Held::Borrowed(value), steps, found)
                }
                Target::Rule(rule, depth) => {
                    let steps = reference.steps.get(*depth..).unwrap_or_default();
                    let Some(document) = self.rule_at(*rule, steps)? else { return Ok(Flow::More) };
                    self.each_step(document, steps, found)
                }
                Target::Tree => self.each_document(&reference.steps, found),
            },
            Start::Data(_) => self.each_document(&reference.steps, found),
            Start::Input | Start::Local(_) | Start::Term(_) => {
                let Some(start) = self.start(&reference.start)? else { return Ok(Flow::More) };
                if let Some(literal) = self.literal(reference, &start)? {
                    return self.each_written(literal, &reference.steps, found);
                }
                self.each_step(start, &reference.steps, found)
            }
        }
    }

    fn start(&mut self, start: &'a Start) -> Result<Option<Held<'a>>> {
        match start {
            Start::Input => Ok(self.scope.input.clone()),
            Start::Local(slot) => Ok(self.local(*slot).cloned()),
            Start::Term(term) => self.value(term),
            Start::Data(_) => Ok(None),
        }
    }

    fn follow_steps(&mut self, start: Held<'a>, steps: &'a [Term]) -> Result<Option<Held<'a>>> {
        let mut at = start;
        for term in steps {
            let next = if let Term::Constant(key) = term {
                step(&at, key)
            } else if let Term::Local(slot) = term {
                self.local(*slot).and_then(|key| step(&at, key))
            } else {
                self.value(term)?.and_then(|key| step(&at, &key))
            };
            let Some(next) = next else { return Ok(None) };
            at = next;
        }
        Ok(Some(at))
    }

    fn follow_base(&mut self, start: Held<'a>, steps: &'a [Term]) -> Result<Option<Held<'a>>> {
        let mut at = start;
        for term in steps {
            let Some(next) = self.value(term)?.and_then(|key| base_step(&at, &key)) else { return Ok(None) };
            at = next;
        }
        Ok(Some(at))
    }

    /// Calls `found` for each value that steps from a computed value lead to.
    pub(super) fn each_step(
        &mut self,
        start: Held<'a>,
        steps: &'a [Term],
        found: Found<'_, 'a, O>,
    ) -> Result<Flow> {
        let mut at = start;
        let mut rest = steps;
        while let Some((term, after)) = rest.split_first() {
            if !self.is_ground(term) {
                return self
                    .enumerate(&at, term, &mut |machine, _, value| machine.each_step(value, after, found));
            }
            let Some(next) = self.value(term)?.and_then(|key| step(&at, &key)) else { return Ok(Flow::More) };
            at = next;
            rest = after;
        }
        found(self, at)
    }

    /// As [`each_step`](Self::each_step), in a base document.
    pub(super) fn each_base(
        &mut self,
        start: Held<'a>,
        steps: &'a [Term],
        found: Found<'_, 'a, O>,
    ) -> Result<Flow> {
        let mut at = start;
        let mut rest = steps;
        while let Some((term, after)) = rest.split_first() {
            if !self.is_ground(term) {
                return self
                    .enumerate(&at, term, &mut |machine, _, value| machine.each_base(value, after, found));
            }
            let Some(next) = self.value(term)?.and_then(|key| base_step(&at, &key)) else {
                return Ok(Flow::More);
            };
            at = next;
            rest = after;
        }
        found(self, at)
    }

    /// Calls `visit` with each key that fits a pattern, and its value. Bindings are undone after each.
    pub(super) fn enumerate(
        &mut self,
        collection: &Held<'a>,
        pattern: &'a Term,
        visit: &mut dyn FnMut(&mut Self, Held<'a>, Held<'a>) -> Result<Flow>,
    ) -> Result<Flow> {
        let mut flow = Flow::More;
        self.elements(collection, &mut |machine, key, value| {
            machine.budget.step()?;
            let mark = machine.mark();
            machine.tell(Side::Value(&key), Side::Term(pattern));
            if machine.matches(pattern, key.clone())? {
                flow = visit(machine, key, value)?;
            }
            machine.undo(mark);
            Ok(flow)
        })?;
        Ok(flow)
    }

    /// The base document at a path of the program.
    pub(super) fn base(&self, id: crate::program::BasePathId) -> Option<&'a Value> {
        self.world.bases.get(id.0 as usize)?.as_ref()
    }
}

/// One step into a computed value.
#[inline]
pub(super) fn child<'v>(value: &'v Value, key: &Value) -> Option<&'v Value> {
    match value {
        Value::Object(object) => match key.as_str() {
            Some(text) => object.get_str(text),
            None => object.get(key),
        },
        Value::Array(array) => array.at(key),
        Value::Set(set) => set.get(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// One step into a base document: OPA's store knows paths of texts, so `"0"` is an element of an array too.
#[inline]
pub(super) fn base_child<'v>(value: &'v Value, key: &Value) -> Option<&'v Value> {
    match (value, key) {
        (Value::Object(object), Value::String(text)) => object.get_str(text),
        (Value::Array(array), Value::Number(number)) => match number.as_index() {
            Some(index) => array.get(index),
            None => base_child_by_text(value, key),
        },
        _ => base_child_by_text(value, key),
    }
}

fn base_child_by_text<'v>(value: &'v Value, key: &Value) -> Option<&'v Value> {
    match key {
        Value::String(text) => value.lookup(&[text]),
        Value::Number(number) => value.lookup(&[number.text()]),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => None,
    }
}

/// As [`child`], borrowed as long as the whole is. OPA answers with an element of a set as it was asked for: `{1}[1.0]` is `1.0`.
pub(super) fn step<'a>(value: &Held<'a>, key: &Value) -> Option<Held<'a>> {
    let found = match value {
        Held::Borrowed(value) => child(value, key).map(Held::Borrowed),
        Held::Owned(value) => child(value, key).cloned().map(Held::Owned),
    };
    found.map(|found| if is_as_asked(value, &found, key) { found } else { Held::Owned(key.clone()) })
}

/// Whether what was found at a key is what OPA answers: an element of a set may be written in another way than the key.
#[inline]
pub(super) fn is_as_asked(collection: &Value, found: &Value, key: &Value) -> bool {
    !matches!(collection, Value::Set(_)) || found.is_written_like(key)
}

/// As [`base_child`], borrowed as long as the whole is.
fn base_step<'a>(value: &Held<'a>, key: &Value) -> Option<Held<'a>> {
    match value {
        Held::Borrowed(value) => base_child(value, key).map(Held::Borrowed),
        Held::Owned(value) => base_child(value, key).cloned().map(Held::Owned),
    }
}

/// The key and value at a position of a collection; no key for arrays.
pub(super) fn entry(value: &Value, index: usize) -> Option<(Option<&Value>, &Value)> {
    match value {
        Value::Array(array) => array.get(index).map(|value| (None, value)),
        Value::Object(object) => object.at(index).map(|(key, value)| (Some(key), value)),
        Value::Set(set) => set.at(index).map(|value| (Some(value), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
