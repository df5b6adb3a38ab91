//! Bodies: literal after literal, and back when one does not hold.

use super::error::Result;
use super::machine::{Flow, Held, Machine, Next};
use super::observer::{Observer, Side};
use super::reference::entry;
use super::sight::Seen;
use crate::program::{
    Body, Comprehension, ComprehensionHead, Every, Literal, Operation, Ref, Shows, Slot, Start, Term,
};
use crate::stack::with_stack;
use crate::value::Value;

/// What the attempt to evaluate a literal without looking for several ways comes to.
pub(super) enum Step {
    Holds,
    Fails,
    /// There may be several ways.
    Many,
}

impl From<bool> for Step {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

impl<'a, O: Observer> Machine<'a, O> {
    /// Calls `next` for each way in which all literals hold. Bindings are undone afterwards.
    pub(super) fn run(&mut self, literals: &'a [Literal], next: Next<'_, 'a, O>) -> Result<Flow> {
        let (mark, late) = (self.mark(), self.late_errors.len());
        let mut rest = literals;
        let flow = loop {
            let Some((literal, after)) = rest.split_first() else { break next(self)? };
            self.budget.step()?;
            self.observer.literal(literal.id);
            let step = if literal.with.is_empty() { self.step(literal)? } else { Step::Many };
            match step {
                Step::Holds => {
                    self.observer.held(literal.id);
                    rest = after;
                }
                Step::Fails => {
                    self.watch(|observer, view| observer.failed(literal.id, view));
                    break Flow::More;
                }
                Step::Many => break self.many(literal, after, next)?,
            }
        };
        if O::WATCHES {
            // The literals that held in one way only end here, the last first.
            for literal in literals.iter().take(literals.len() - rest.len()).rev() {
                self.observer.redo(literal.id);
                self.watch(|observer, view| observer.failed(literal.id, view));
            }
        }
        self.undo(mark);
        self.meet_late_errors(late);
        Ok(flow)
    }

    /// Whether a body holds in any way.
    pub(super) fn holds(&mut self, body: &'a Body) -> Result<bool> {
        let mut holds = false;
        self.observer.enter_body(body);
        self.run(&body.literals, &mut |machine| {
            machine.observer.exit_body(body);
            holds = true;
            Ok(Flow::Done)
        })?;
        self.observer.leave_body(body);
        Ok(holds)
    }

    /// As [`holds`](Self::holds); where it shows, all ways are looked for, as OPA does below a `not`.
    fn holds_somehow(&mut self, body: &'a Body) -> Result<bool> {
        let flow = match body.effect {
            Some(Shows::Always) => Flow::More,
            Some(Shows::WhenStrict) if self.world.strict_builtin_errors => Flow::More,
            Some(Shows::WhenStrict) | None => Flow::Done,
        };
        let mut holds = false;
        self.observer.enter_body(body);
        self.run(&body.literals, &mut |machine| {
            machine.observer.exit_body(body);
            holds = true;
            Ok(flow)
        })?;
        self.observer.leave_body(body);
        Ok(holds)
    }

    fn many(&mut self, literal: &'a Literal, after: &'a [Literal], next: Next<'_, 'a, O>) -> Result<Flow> {
        self.budget.enter()?;
        let flow = with_stack(|| {
            self.branch(literal, &mut |machine| {
                machine.observer.held(literal.id);
                let flow = machine.run(after, next)?;
                machine.observer.redo(literal.id);
                Ok(flow)
            })
        })?;
        self.budget.leave();
        self.watch(|observer, view| observer.failed(literal.id, view));
        Ok(flow)
    }

    /// Calls `next` for each way in which a literal holds.
    fn branch(&mut self, literal: &'a Literal, next: Next<'_, 'a, O>) -> Result<Flow> {
        if literal.with.is_empty() {
            return self.operate(literal, next);
        }
        let Some(inner) = self.scope_with(literal)? else { return Ok(Flow::More) };
        let outer = self.enter_scope(inner);
        let mut outer = Some(outer);
        // What comes after the literal sees what was there before it.
        let flow = self.attempt(literal, &mut |machine| {
            let inner = machine.leave_scope(outer.take().unwrap_or_default());
            let flow = next(machine)?;
            outer = Some(machine.enter_scope(inner));
            Ok(flow)
        })?;
        self.leave_scope(outer.unwrap_or_default());
        Ok(flow)
    }

    /// As [`operate`](Self::operate), for a literal that may hold in one way only.
    fn attempt(&mut self, literal: &'a Literal, next: Next<'_, 'a, O>) -> Result<Flow> {
        let mark = self.mark();
        let flow = match self.step(literal)? {
            Step::Holds => next(self)?,
            Step::Fails => Flow::More,
            Step::Many => self.operate(literal, next)?,
        };
        self.undo(mark);
        Ok(flow)
    }

    /// Evaluates a literal, its modifiers left out, that can hold in one way at most; or says that it may in several.
    fn step(&mut self, literal: &'a Literal) -> Result<Step> {
        if self.tells()
            && let Some(step) = self.step_told(literal)?
        {
            return Ok(step);
        }
        Ok(match &literal.operation {
            Operation::Unify(left, right) => self.unify(left, right)?.into(),
            Operation::Lookup(Term::Comprehension(other), reference) => {
                if !self.are_ground(&reference.steps) {
                    return Ok(Step::Many);
                }
                let Some(found) = self.follow(reference)? else { return Ok(Step::Fails) };
                self.is_collected(&found, reference, other)?.into()
            }
            Operation::Lookup(pattern, reference) => return self.meet(pattern, reference),
            Operation::Collect(pattern, comprehension) => {
                if comprehension.on_right && !self.can_be(pattern, &comprehension.head) {
                    return Ok(Step::Fails);
                }
                let value = self.collect(comprehension)?;
                self.matches(pattern, Held::Owned(value))?.into()
            }
            Operation::Test(reference) => match self.sight().reference(reference) {
                Seen::Lasting(value) | Seen::Passing(value) => is_true(value).into(),
                Seen::Nothing => Step::Fails,
                Seen::Unclear if !self.are_ground(&reference.steps) => Step::Many,
                Seen::Unclear => self.follow_unseen(reference)?.is_some_and(|value| is_true(&value)).into(),
            },
            Operation::Truth(term) => self.value(term)?.is_some_and(|value| is_true(&value)).into(),
            Operation::Call(call) if is_relation(call) => Step::Many,
            Operation::Call(call) => self.call(call, literal.span)?.into(),
            Operation::Every(every) => self.every(every)?.into(),
            Operation::Not(body) => (!self.holds_somehow(body)?).into(),
            Operation::And(left, right) => (self.holds(left)? && self.holds(right)?).into(),
            Operation::Or(left, right) => (self.holds(left)? || self.holds(right)?).into(),
        })
    }

    /// Whether a pattern fits what a reference leads to, if that is one value at most.
    fn meet(&mut self, pattern: &'a Term, reference: &'a Ref) -> Result<Step> {
        let sight = self.sight();
        match sight.reference(reference) {
            Seen::Nothing => return Ok(Step::Fails),
            Seen::Lasting(value) => {
                if let Term::Local(slot) = pattern
                    && self.local(*slot).is_none()
                {
                    self.bind(*slot, Held::Borrowed(value));
                    return Ok(Step::Holds);
                }
                if let Some(known) = sight.term(pattern).value() {
                    return Ok((value == known).into());
                }
                if !matches!(pattern, Term::Ref(_)) {
                    return Ok(self.matches(pattern, Held::Borrowed(value))?.into());
                }
            }
            Seen::Passing(value) => {
                if let Some(known) = sight.term(pattern).value() {
                    return Ok((value == known).into());
                }
                if !matches!(pattern, Term::Ref(_)) {
                    let value = value.clone();
                    return Ok(self.matches(pattern, Held::Owned(value))?.into());
                }
            }
            Seen::Unclear => {}
        }
        if !self.are_ground(&reference.steps) {
            return Ok(Step::Many);
        }
        if let Term::Ref(other) = pattern {
            return self.same(reference, other);
        }
        Ok(match self.follow_unseen(reference)? {
            Some(value) => self.matches(pattern, value)?.into(),
            None => Step::Fails,
        })
    }

    /// Whether two references have one value, if each leads to one at most.
    fn same(&mut self, left: &'a Ref, right: &'a Ref) -> Result<Step> {
        if !self.are_ground(&right.steps) {
            return Ok(Step::Many);
        }
        let Some(left) = self.follow(left)? else { return Ok(Step::Fails) };
        Ok(self.follow(right)?.is_some_and(|right| left == right).into())
    }

    /// Whether a pattern can be what a comprehension collects; otherwise OPA does not evaluate the comprehension.
    pub(super) fn can_be(&self, pattern: &Term, head: &ComprehensionHead) -> bool {
        let value = match pattern {
            Term::Constant(value) => Some(value),
            Term::Local(slot) => self.local(*slot).map(AsRef::as_ref),
            Term::Array(_) => return matches!(head, ComprehensionHead::Array(_)),
            Term::Set(_) => return matches!(head, ComprehensionHead::Set(_)),
            Term::Object(_) => return matches!(head, ComprehensionHead::Object(..)),
            Term::Ref(_) | Term::Comprehension(_) => None,
        };
        value.is_none_or(|value| has_type(value, head))
    }

    /// Whether a comprehension collects what a reference leads to. OPA does not evaluate it beside a value of another type,
    /// unless that is found in `data`.
    fn is_collected(&mut self, found: &Value, reference: &'a Ref, other: &'a Comprehension) -> Result<bool> {
        let compares_types = match reference.start {
            Start::Input | Start::Local(_) | Start::Term(_) => true,
            Start::Data(_) => false,
        };
        Ok((!compares_types || has_type(found, &other.head)) && self.collect(other)? == *found)
    }

    /// Calls `next` for each way in which a literal holds that may hold in several.
    fn operate(&mut self, literal: &'a Literal, next: Next<'_, 'a, O>) -> Result<Flow> {
        match &literal.operation {
            Operation::Lookup(Term::Ref(other), reference) => self.each(reference, &mut |machine, value| {
                machine.tell(Side::Value(&value), Side::Ref(other));
                machine.each(other, &mut |machine, found| {
                    machine.tell_found(other, &found, Side::Value(&value));
                    if found == value { next(machine) } else { Ok(Flow::More) }
                })
            }),
            Operation::Lookup(Term::Comprehension(other), reference) => {
                self.each(reference, &mut |machine, found| {
                    if machine.is_collected(&found, reference, other)? {
                        next(machine)
                    } else {
                        Ok(Flow::More)
                    }
                })
            }
            Operation::Lookup(pattern, reference) => {
                if let Some(join) = &literal.join
                    && let Some(flow) = self.join(join, pattern, reference, next)?
                {
                    return Ok(flow);
                }
                self.lookup(pattern, reference, next)
            }
            Operation::Test(reference) => self.each(reference, &mut |machine, value| {
                machine.tell_found(reference, &value, Side::Result);
                if is_true(&value) { next(machine) } else { Ok(Flow::More) }
            }),
            Operation::Call(call) if is_relation(call) => self.walk(call, literal.span, next),
            Operation::Unify(..)
            | Operation::Collect(..)
            | Operation::Truth(_)
            | Operation::Call(_)
            | Operation::Every(_)
            | Operation::Not(_)
            | Operation::And(..)
            | Operation::Or(..) => self.attempt(literal, next),
        }
    }

    fn lookup(&mut self, pattern: &'a Term, reference: &'a Ref, next: Next<'_, 'a, O>) -> Result<Flow> {
        if let Some((Term::Local(position), above)) = reference.steps.split_last()
            && self.local(*position).is_none()
            && !self.tells()
            && let Seen::Lasting(collection) = self.sight().along(reference, above.len())
        {
            let key = (O::WATCHES || reference.binds_last).then_some(*position);
            return self.each_entry(collection, key, pattern, next);
        }
        self.each(reference, &mut |machine, value| {
            machine.tell_found(reference, &value, Side::Term(pattern));
            let mark = machine.mark();
            let flow = if machine.matches(pattern, value)? { next(machine)? } else { Flow::More };
            machine.undo(mark);
            Ok(flow)
        })
    }

    /// Calls `next` for each element of a collection that fits a pattern; `key` is the variable that has its key meanwhile.
    fn each_entry(
        &mut self,
        collection: &'a Value,
        key: Option<Slot>,
        pattern: &'a Term,
        next: Next<'_, 'a, O>,
    ) -> Result<Flow> {
        for index in 0.. {
            let Some((element_key, element)) = entry(collection, index) else { break };
            self.budget.step()?;
            let mark = self.mark();
            if let Some(slot) = key {
                self.bind(slot, element_key.map_or_else(|| position(index), Held::Borrowed));
            }
            let variable = pattern.as_local().filter(|slot| self.local(*slot).is_none());
            let fits = if let Some(slot) = variable {
                self.bind(slot, Held::Borrowed(element));
                true
            } else {
                self.matches(pattern, Held::Borrowed(element))?
            };
            let flow = if fits { next(self)? } else { Flow::More };
            self.undo(mark);
            if flow == Flow::Done {
                return Ok(flow);
            }
        }
        Ok(Flow::More)
    }

    /// Whether the body holds for each element. A domain that can't be iterated over has no answer.
    fn every(&mut self, every: &'a Every) -> Result<bool> {
        let Some(domain) = self.value(&every.domain)? else { return Ok(false) };
        let mut all = true;
        let iterable = self.elements(&domain, &mut |machine, key, value| {
            let mark = machine.mark();
            if let Some(slot) = every.key {
                machine.bind(slot, key);
            }
            machine.bind(every.value, value);
            all = machine.holds(&every.body)?;
            machine.undo(mark);
            Ok(if all { Flow::More } else { Flow::Done })
        })?;
        Ok(iterable && all)
    }

    /// Calls `visit` with each key and value of a collection; answers whether it is one.
    pub(super) fn elements(
        &mut self,
        collection: &Held<'a>,
        visit: &mut dyn FnMut(&mut Self, Held<'a>, Held<'a>) -> Result<Flow>,
    ) -> Result<bool> {
        let own = |value: &Value| Held::Owned(value.clone());
        let size = match collection.as_ref() {
            Value::Array(array) => array.len(),
            Value::Object(object) => object.len(),
            Value::Set(set) => set.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(false),
        };
        for index in 0..size {
            let pair = match collection {
                Held::Borrowed(value) => entry(value, index).map(|(key, value)| match key {
                    Some(key) => (Held::Borrowed(key), Held::Borrowed(value)),
                    None => (position(index), Held::Borrowed(value)),
                }),
                Held::Owned(value) => entry(value, index).map(|(key, value)| match key {
                    Some(key) => (own(key), own(value)),
                    None => (position(index), own(value)),
                }),
            };
            let Some((key, value)) = pair else { break };
            if visit(self, key, value)? == Flow::Done {
                break;
            }
        }
        Ok(true)
    }
}

/// The key of an array's element.
pub(super) fn position<'a>(index: usize) -> Held<'a> {
    Held::Owned(Value::from(index as u64))
}

/// Whether a value has the type of what a comprehension collects.
fn has_type(value: &Value, head: &ComprehensionHead) -> bool {
    match head {
        ComprehensionHead::Array(_) => matches!(value, Value::Array(_)),
        ComprehensionHead::Set(_) => matches!(value, Value::Set(_)),
        ComprehensionHead::Object(..) => matches!(value, Value::Object(_)),
    }
}

/// All values but false hold.
pub(super) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Bool(false))
}

fn is_relation(call: &crate::program::Call) -> bool {
    match call.function {
        crate::program::Function::Builtin(signature) => signature.relation,
        crate::program::Function::Rule(_) => false,
    }
}
