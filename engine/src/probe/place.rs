//! Places in documents, and documents that differ in one of them.

use std::fmt;
use std::sync::Arc;

use crate::policy::ref_text::ref_text;
use crate::value::{Array, Object, Value};

/// A place in the input or in `data`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which document it is in.
    pub root: Root,
    /// The way to it: keys of objects and positions in arrays.
    pub steps: Vec<Value>,
}

/// The two documents that a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The input.
    Input,
    /// The base documents.
    Data,
}

impl Root {
    /// What Rego calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Data => "data",
        }
    }
}

impl Place {
    /// A place in the input.
    pub fn input(steps: Vec<Value>) -> Self {
        Self { root: Root::Input, steps }
    }

    /// A place in `data`.
    pub fn data(steps: Vec<Value>) -> Self {
        Self { root: Root::Data, steps }
    }

    /// The place one step further.
    #[must_use]
    pub fn child(&self, step: Value) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { root: self.root, steps }
    }
}

/// As Rego refers to it: `input.roles[0]`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leading = self.steps.iter().map_while(Value::as_str);
        f.write_str(&ref_text(std::iter::once(self.root.name()).chain(leading)))?;
        let rest = self.steps.iter().skip_while(|step| step.as_str().is_some());
        for step in rest {
            write!(f, "[{}]", step.to_rego())?;
        }
        Ok(())
    }
}

/// Whether one way leads to where the other one does, or through it.
pub fn overlap(one: &[Value], other: &[Value]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

/// What is at a place of a document.
pub fn at<'v>(document: &'v Value, steps: &[Value]) -> Option<&'v Value> {
    steps.iter().try_fold(document, |value, step| match value {
        Value::Object(object) => object.get(step),
        Value::Array(array) => array.at(step),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
    })
}

/// The document with `value` at a place. Objects that are missing on the way are made; nothing if something else is in the way.
pub fn put(document: Option<&Value>, steps: &[Value], value: Value) -> Option<Value> {
    let Some((first, rest)) = steps.split_first() else { return Some(value) };
    match document {
        None => {
            let below = put(None, rest, value)?;
            Some(Value::Object(Object::from_iter([(first.clone(), below)])))
        }
        Some(Value::Object(object)) => {
            let below = put(object.get(first), rest, value)?;
            let mut object = object.clone();
            object.insert(first.clone(), below);
            Some(Value::Object(object))
        }
        Some(Value::Array(array)) => {
            let position = position(first)?;
            let below = put(Some(array.get(position)?), rest, value)?;
            let elements = array.iter().enumerate();
            let elements = elements.map(|(at, old)| if at == position { below.clone() } else { old.clone() });
            Some(Value::Array(elements.collect::<Array>()))
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_)) => None,
    }
}

/// The document without what is at a place; nothing if nothing is there.
pub fn without(document: &Value, steps: &[Value]) -> Option<Value> {
    let (first, rest) = steps.split_first()?;
    match document {
        Value::Object(object) => {
            let old = object.get(first)?;
            let mut object = object.clone();
            if rest.is_empty() {
                object.remove(first);
            } else {
                object.insert(first.clone(), without(old, rest)?);
            }
            Some(Value::Object(object))
        }
        Value::Array(array) => {
            let position = position(first)?;
            let old = array.get(position)?;
            let below = if rest.is_empty() { None } else { Some(without(old, rest)?) };
            let elements = array
                .iter()
                .enumerate()
                .filter_map(|(at, old)| if at == position { below.clone() } else { Some(old.clone()) });
            Some(Value::Array(elements.collect::<Array>()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
    }
}

fn position(step: &Value) -> Option<usize> {
    usize::try_from(step.as_number()?.as_i64()?).ok()
}

/// All places of a document down to a depth, the document itself left out, in its order.
pub fn places(document: &Value, depth: usize) -> Vec<(Vec<Value>, &Value)> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), document)];
    while let Some((steps, value)) = open.pop() {
        if steps.len() < depth {
            let children: Vec<(Value, &Value)> = match value {
                Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
                Value::Array(array) => {
                    (0_u64..).zip(array.iter()).map(|(at, value)| (Value::from(at), value)).collect()
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                    Vec::new()
                }
            };
            for (key, child) in children.into_iter().rev() {
                let mut below = steps.clone();
                below.push(key);
                open.push((below, child));
            }
        }
        if !steps.is_empty() {
            found.push((steps, value));
        }
    }
    found
}

/// A document with every string that has `from` in it having `to` there; nothing if none has.
pub fn renamed(document: &Value, from: &str, to: &str) -> Option<Value> {
    let mut changed = false;
    let renamed = rename(document, from, to, MAX_RENAMED_DEPTH, &mut changed);
    changed.then_some(renamed)
}

fn rename(value: &Value, from: &str, to: &str, depth: usize, changed: &mut bool) -> Value {
    match value {
        Value::String(text) if text.contains(from) => {
            *changed = true;
            Value::String(Arc::from(text.replace(from, to)))
        }
        Value::Array(array) if depth > 0 => {
            Value::Array(array.iter().map(|value| rename(value, from, to, depth - 1, changed)).collect())
        }
        Value::Object(object) if depth > 0 => {
            let entries = object.iter();
            let entries =
                entries.map(|(key, value)| (key.clone(), rename(value, from, to, depth - 1, changed)));
            Value::Object(entries.collect())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Set(_) => value.clone(),
    }
}

/// Strings below are left as they are: inputs don't nest that deep.
const MAX_RENAMED_DEPTH: usize = 64;
