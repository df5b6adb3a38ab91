//! Which clauses OPA's rule index leaves out, where that shows.

use std::sync::Arc;

use super::machine::Machine;
use super::observer::Observer;
use super::reference::{base_child, child};
use crate::program::{Accepted, Affix, ClauseId, Guard, Rule, RuleId, Shows, Subject, segments};
use crate::value::Value;

impl<O: Observer> Machine<'_, O> {
    /// The clauses that are left out, sorted; for a function, its arguments lie below the next frame.
    pub(super) fn left_out(&self, rule: &Rule, candidates: &[ClauseId], arguments: usize) -> Vec<ClauseId> {
        let strict = self.world.strict_builtin_errors;
        let counts =
            |shows: Option<Shows>| O::AS_OPA || shows.is_some_and(|shows| shows == Shows::Always || strict);
        let mut out = Vec::new();
        if !counts(rule.guarded) || !self.observer.uses_index() {
            return out;
        }
        for candidate in candidates {
            let mut next = Some(*candidate);
            while let Some((id, clause)) = next.and_then(|id| Some((id, self.world.program.clause(id)?))) {
                let is_closed = |way: &Vec<Guard>| {
                    way.iter().any(|guard| counts(guard.shows) && !self.passes(guard, arguments))
                };
                if !clause.guards.is_empty() && clause.guards.iter().all(is_closed) {
                    out.push(id);
                }
                next = clause.otherwise;
            }
        }
        out.sort_unstable();
        out
    }

    /// Tells the observer of a rule that is asked for.
    pub(super) fn tell_rule(
        &mut self,
        id: RuleId,
        (candidates, out): (&[ClauseId], &[ClauseId]),
        arguments: usize,
        early_exit: bool,
    ) {
        if O::WATCHES && !O::RECALLS {
            let program = self.world.program;
            let otherwise = |id: &ClauseId| program.clause(*id).and_then(|clause| clause.otherwise);
            let can_match = |first: &&ClauseId| {
                std::iter::successors(Some(**first), otherwise).any(|id| !is_left_out(out, id))
            };
            let matched: Vec<ClauseId> = candidates.iter().filter(can_match).copied().collect();
            self.observer.rule(id, &matched, early_exit);
            if O::EXCLUDED && self.observer.uses_index() {
                self.tell_excluded(id, arguments);
            }
        }
    }

    /// Tells which literals made the rule index leave clauses out.
    fn tell_excluded(&mut self, id: RuleId, arguments: usize) {
        let program = self.world.program;
        let otherwise = |id: &ClauseId| program.clause(*id).and_then(|clause| clause.otherwise);
        for first in program.rule(id).into_iter().flat_map(|rule| &rule.clauses) {
            for clause in std::iter::successors(Some(*first), otherwise).filter_map(|id| program.clause(id)) {
                let fails = |guard: &&Guard| !self.passes(guard, arguments);
                let closed: Option<Vec<&Guard>> =
                    clause.guards.iter().map(|way| way.iter().find(fails)).collect();
                for guard in closed.into_iter().flatten() {
                    self.observer.excluded(&guard.literals);
                }
            }
        }
    }

    /// Tells the observer of a rule whose value is known already.
    pub(super) fn tell_known(&mut self, id: RuleId, arguments: usize, value: Option<&Value>) {
        if O::WATCHES
            && !O::RECALLS
            && let Some(rule) = self.world.program.rule(id)
        {
            let candidates = self.candidates(rule, arguments);
            let out = self.left_out(rule, candidates, arguments);
            let early_exit = self.is_first_enough(rule, candidates, &out);
            self.tell_rule(id, (candidates, &out), arguments, early_exit);
            self.watch(|observer, view| observer.decided(id, value, view));
        }
    }

    fn passes(&self, guard: &Guard, arguments: usize) -> bool {
        if let Subject::Key(key, collection) = &guard.subject {
            let in_collection = |key: &Value| {
                self.look_at_base(collection, |found| found.is_some_and(|found| has(found, key)))
            };
            return self.look_at(key, arguments, |key| key.is_some_and(in_collection));
        }
        self.look_at(&guard.subject, arguments, |value| match guard.subject {
            Subject::Argument(_) => value.is_none_or(|value| accepts(guard, value)),
            Subject::Input(_) | Subject::Base(_) | Subject::Key(..) => {
                value.is_some_and(|value| accepts(guard, value))
            }
        })
    }

    /// Asks something of what is there now.
    fn look_at(&self, subject: &Subject, arguments: usize, ask: impl FnOnce(Option<&Value>) -> bool) -> bool {
        match subject {
            Subject::Input(path) => {
                let input = self.scope.input.as_deref();
                ask(input.and_then(|input| path.iter().try_fold(input, child)))
            }
            Subject::Base(path) => self.look_at_base(path, ask),
            Subject::Argument(position) => {
                ask(self.frames.pushed(arguments).get(*position).and_then(|value| value.as_deref()))
            }
            Subject::Key(..) => ask(None),
        }
    }

    fn look_at_base(&self, path: &[Value], ask: impl FnOnce(Option<&Value>) -> bool) -> bool {
        if self.scope.replaces_data() || path.is_empty() {
            ask(self.base_document(path).as_ref())
        } else {
            ask(path.iter().try_fold(self.world.data, base_child))
        }
    }
}

/// Whether a collection has a key; OPA asks objects and sets only.
fn has(collection: &Value, key: &Value) -> bool {
    match collection {
        Value::Object(object) => object.get(key).is_some(),
        Value::Set(set) => set.contains(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => true,
    }
}

/// Whether a clause is one of those that are left out.
pub(super) fn is_left_out(out: &[ClauseId], id: ClauseId) -> bool {
    out.binary_search(&id).is_ok()
}

fn accepts(guard: &Guard, value: &Value) -> bool {
    guard.accepts.is_empty()
        || guard.accepts.iter().any(|accepted| match accepted {
            Accepted::Value(wanted) => wanted == value,
            Accepted::Array(elements) => value.as_array().is_some_and(|array| {
                array.len() == elements.len()
                    && array
                        .iter()
                        .zip(elements)
                        .all(|(value, wanted)| wanted.as_ref().is_none_or(|wanted| wanted == value))
            }),
            Accepted::Element(wanted) => match value {
                Value::Array(array) => array.iter().any(|element| element == wanted),
                Value::Set(set) => set.contains(wanted),
                Value::Object(object) => object.values().any(|element| element == wanted),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            },
            Accepted::Affix(end, affix) => {
                let fits = |value: &Value| {
                    value.as_str().is_some_and(|text| match end {
                        Affix::Prefix => text.starts_with(&**affix),
                        Affix::Suffix => text.ends_with(&**affix),
                    })
                };
                match value {
                    Value::Array(array) => array.iter().any(fits),
                    Value::Set(set) => set.iter().any(fits),
                    Value::Object(object) => object.values().any(fits),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => fits(value),
                }
            }
            Accepted::Segments(delimiters, wanted) => {
                value.as_str().is_some_and(|text| is_like(&segments(text, delimiters), wanted))
            }
            Accepted::Any(_) => true,
        })
}

/// Whether segments are those that are known.
fn is_like(found: &[&str], wanted: &[Option<Arc<str>>]) -> bool {
    let fits = |(found, wanted): (&&str, &Option<Arc<str>>)| {
        wanted.as_ref().is_none_or(|wanted| *found == &**wanted)
    };
    found.len() == wanted.len() && found.iter().zip(wanted).all(fits)
}
