//! What `with` replaces, and for how long.

use std::borrow::Cow;

use super::error::Result;
use super::machine::{Held, Machine};
use super::observer::Observer;
use crate::policy::Override;
use crate::program::{Function, Literal, Replacement, Term, WithTarget};
use crate::value::{Object, Value};

/// What refers to the outside of rules: the input, and what stands in for data and functions.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'a> {
    pub(super) input: Option<Held<'a>>,
    /// Documents that stand in for those of `data`.
    pub(super) overlay: Option<Value>,
    /// The paths of those documents: no rule counts there.
    pub(super) targets: Vec<&'a [Value]>,
    pub(super) mocks: Vec<(Function, Mock<'a>)>,
}

/// What stands in for a function.
#[derive(Debug, Clone)]
pub(super) enum Mock<'a> {
    Function(Function),
    Value(Held<'a>),
    /// A reference that is evaluated when the function is called.
    Term(&'a Term),
}

impl<'a> Scope<'a> {
    /// What stands in for a function, if anything does.
    pub(super) fn mock(&self, function: Function) -> Option<&Mock<'a>> {
        self.mocks.iter().rev().find(|(target, _)| *target == function).map(|(_, mock)| mock)
    }

    /// Whether the base documents and functions are those that were loaded.
    pub(super) fn is_loaded(&self) -> bool {
        self.targets.is_empty() && self.mocks.is_empty()
    }

    /// Whether documents of `data` are replaced.
    pub(super) fn replaces_data(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether a replaced document is at `path` or above it.
    pub(super) fn is_below_target(&self, path: &[Value]) -> bool {
        self.targets.iter().any(|target| path.starts_with(target))
    }

    /// What stands in for the document at `path`, if anything does.
    pub(super) fn overlay_at(&self, path: &[Value]) -> Option<Held<'_>> {
        let start = Held::Borrowed(self.overlay.as_ref()?);
        path.iter().try_fold(start, |value, key| super::reference::step(&value, key))
    }
}

/// The documents that a request puts in the place of others.
#[derive(Debug)]
pub(super) struct Replaced(Vec<(Vec<Value>, Value)>);

impl Replaced {
    pub(super) fn new(overrides: &[Override]) -> Self {
        let path = |replaced: &Override| replaced.path.iter().cloned().map(Value::String).collect();
        Self(overrides.iter().map(|replaced| (path(replaced), replaced.value.clone())).collect())
    }
}

impl<'a, O: Observer> Machine<'a, O> {
    /// Puts documents in the place of others for the whole evaluation.
    pub(super) fn replace(&mut self, replaced: &'a Replaced) {
        for (path, value) in &replaced.0 {
            self.scope.overlay = Some(replace(self.scope.overlay.as_ref(), path, value.clone()));
            self.scope.targets.push(path);
        }
    }

    /// The scope inside of a literal's modifiers.
    pub(super) fn scope_with(&mut self, literal: &'a Literal) -> Result<Option<Scope<'a>>> {
        let mut scope = self.scope.clone();
        for with in &literal.with {
            let value = match &with.value {
                Replacement::Function(function) => {
                    match &with.target {
                        WithTarget::Function(target) => {
                            scope.mocks.push((*target, Mock::Function(*function)));
                        }
                        // A function has no value, so nothing is there then.
                        WithTarget::Data(path) => scope.targets.push(path),
                        WithTarget::Input(_) => {}
                    }
                    continue;
                }
                Replacement::Value(term @ Term::Ref(_)) if matches!(with.target, WithTarget::Function(_)) => {
                    if let WithTarget::Function(target) = with.target {
                        scope.mocks.push((target, Mock::Term(term)));
                    }
                    continue;
                }
                Replacement::Value(term) => self.value(term)?,
            };
            let Some(value) = value else { return Ok(None) };
            match &with.target {
                WithTarget::Function(target) => scope.mocks.push((*target, Mock::Value(value))),
                WithTarget::Input(path) if path.is_empty() => scope.input = Some(value),
                WithTarget::Input(path) => {
                    let replaced = replace(scope.input.as_deref(), path, value.into_owned());
                    scope.input = Some(Cow::Owned(replaced));
                }
                WithTarget::Data(path) => {
                    scope.overlay = Some(replace(scope.overlay.as_ref(), path, value.into_owned()));
                    scope.targets.push(path);
                }
            }
        }
        Ok(Some(scope))
    }

    /// Enters a scope; gives back the one that was left.
    pub(super) fn enter_scope(&mut self, scope: Scope<'a>) -> Scope<'a> {
        self.near.enter_scope(self.memo.depth(), &scope);
        self.memo.push();
        std::mem::replace(&mut self.scope, scope)
    }

    /// Goes back to `outer`; gives back the scope that was left.
    pub(super) fn leave_scope(&mut self, outer: Scope<'a>) -> Scope<'a> {
        self.memo.pop();
        std::mem::replace(&mut self.scope, outer)
    }
}

/// `document` with `value` at `path`; what stands in the way and is no object gives way, as in OPA.
fn replace(document: Option<&Value>, path: &[Value], value: Value) -> Value {
    let Some((first, rest)) = path.split_first() else { return value };
    let mut object = match document {
        Some(Value::Object(object)) => object.clone(),
        _ => Object::new(),
    };
    let below = replace(object.get(first), rest, value);
    object.insert(first.clone(), below);
    Value::Object(object)
}

/// Lays the documents that stand in over those that are there: objects key by key, and what stands in wins.
pub(super) fn lay_over(over: Option<&Value>, under: Option<&Value>) -> Option<Value> {
    match (over, under) {
        (None, under) => under.cloned(),
        (Some(over), None) => Some(over.clone()),
        (Some(over), Some(under)) => Some(merge(over, under)),
    }
}

fn merge(over: &Value, under: &Value) -> Value {
    let (Value::Object(over), Value::Object(under)) = (over, under) else { return over.clone() };
    let mut merged = under.clone();
    for (key, value) in over {
        let value = match under.get(key) {
            Some(below @ Value::Object(_)) => merge(value, below),
            Some(_) | None => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    Value::Object(merged)
}
