//! What lies on paths: `json.filter` and `json.remove`.

use std::collections::BTreeMap;

use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{Array, Object, Set, Value};

pub(super) fn filter(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    select(operands, Wanted::OnPaths)
}

pub(super) fn remove(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    select(operands, Wanted::OffPaths)
}

/// The steps of a path: a text with slashes, or an array of keys.
///
/// # Errors
/// When the path is neither, in OPA's words, which are about the second operand.
pub(super) fn steps(path: &Value) -> Result<Vec<Value>, BuiltinError> {
    match path {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => {
            let unescape = |step: &str| Value::from(step.replace("~1", "/").replace("~0", "~"));
            Ok(text.trim_start_matches('/').split('/').map(unescape).collect())
        }
        Value::Array(steps) => Ok(steps.iter().cloned().collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Set(_) => {
            let wanted = "one of {set, array} containing string paths or array of path segments";
            let got = path.type_name();
            Err(BuiltinError::Operand(format!("operand 2 must be {wanted} but got {got}")))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    OnPaths,
    OffPaths,
}

fn select(operands: Operands<'_>, wanted: Wanted) -> Answer {
    operands.object(0)?;
    let mut tree = PathTree { nodes: vec![BTreeMap::new()] };
    match operands.value(1)? {
        Value::Array(paths) => add_all(&mut tree, paths.iter())?,
        Value::Set(paths) => add_all(&mut tree, paths.iter())?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(operands.mismatch(1, "one of {set, array}"));
        }
    }
    Ok(tree.select(operands.value(0)?, wanted))
}

fn add_all<'a>(tree: &mut PathTree, paths: impl Iterator<Item = &'a Value>) -> Result<(), BuiltinError> {
    for path in paths {
        tree.add(steps(path)?);
    }
    Ok(())
}

/// Paths by their steps. The nodes refer to each other by number, so that long paths need no recursion.
struct PathTree {
    nodes: Vec<BTreeMap<Value, Step>>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A path ends here.
    End,
    To(usize),
}

impl PathTree {
    fn add(&mut self, path: Vec<Value>) {
        let mut node = 0;
        let mut steps = path.into_iter().peekable();
        while let Some(step) = steps.next() {
            let next = self.nodes.len();
            let Some(children) = self.nodes.get_mut(node) else { break };
            if steps.peek().is_none() {
                children.insert(step, Step::End);
                break;
            }
            match children.entry(step).or_insert(Step::To(next)) {
                Step::End => break,
                Step::To(child) => node = *child,
            }
            if node == next {
                self.nodes.push(BTreeMap::new());
            }
        }
    }

    /// What is wanted of `value`.
    fn select(&self, value: &Value, wanted: Wanted) -> Option<Value> {
        let mut open = Vec::new();
        let mut done = Self::enter(value, 0, &mut open);
        while let Some(frame) = open.last_mut() {
            if let Some(value) = done.take() {
                let key = std::mem::replace(&mut frame.key, Value::Null);
                frame.children.push((key, value));
            }
            match frame.pending.next() {
                Some((key, value)) => {
                    frame.key = key;
                    let steps = self.nodes.get(frame.node);
                    let step = steps.and_then(|steps| steps.get_key_value(&frame.step(value)));
                    if let (Some((step, _)), Some(steps), Wanted::OnPaths) = (step, steps, wanted)
                        && frame.value.as_object().is_some_and(|object| object.len() < steps.len())
                    {
                        // OPA goes through the smaller one in the other: what a number is written as comes from there.
                        frame.key = step.clone();
                    }
                    done = match (step.map(|(_, step)| step), wanted) {
                        (None, Wanted::OnPaths) | (Some(Step::End), Wanted::OffPaths) => None,
                        (None, Wanted::OffPaths) | (Some(Step::End), Wanted::OnPaths) => Some(value.clone()),
                        (Some(Step::To(node)), _) => Self::enter(value, *node, &mut open),
                    };
                }
                None => done = open.pop().map(Frame::finish),
            }
        }
        done
    }

    /// Opens a collection; a scalar has nothing to select from and stays.
    fn enter<'a>(value: &'a Value, node: usize, open: &mut Vec<Frame<'a>>) -> Option<Value> {
        let pending: Box<dyn Iterator<Item = (Value, &'a Value)>> = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Some(value.clone()),
            Value::Array(array) => {
                // OPA looks for the index as a string, and a number finds nothing.
                Box::new(array.iter().enumerate().map(|(index, value)| (index.to_string().into(), value)))
            }
            Value::Object(object) => Box::new(object.iter().map(|(key, value)| (key.clone(), value))),
            Value::Set(set) => Box::new(set.iter().map(|value| (Value::Null, value))),
        };
        open.push(Frame { value, node, pending, key: Value::Null, children: Vec::new() });
        None
    }
}

/// A collection of which something is selected.
struct Frame<'a> {
    value: &'a Value,
    node: usize,
    pending: Box<dyn Iterator<Item = (Value, &'a Value)> + 'a>,
    key: Value,
    children: Vec<(Value, Value)>,
}

impl Frame<'_> {
    /// The step that leads to the child that is looked at.
    fn step(&self, child: &Value) -> Value {
        if self.value.as_set().is_some() { child.clone() } else { self.key.clone() }
    }

    fn finish(self) -> Value {
        let values = || self.children.iter().map(|(_, value)| value.clone());
        match self.value {
            Value::Object(_) => self.children.into_iter().collect::<Object>().into(),
            Value::Set(_) => values().collect::<Set>().into(),
            Value::Array(_) => values().collect::<Array>().into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.value.clone(),
        }
    }
}
