//! What masks do to an event: they take places out of it, or write over them. All of it as OPA does it.

use std::fmt::Write as _;

use portcullis::value::{Array, Object, Value};

use super::event::Event;

/// A rule of a mask.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    part: Part,
    /// The place below the part, in the form that is compared with keys: percent-encoded.
    keys: Vec<String>,
    change: Change,
}

/// What of an event may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Input,
    Result,
    /// What calls of built-in functions gave that give something else each time. No event of ours has it.
    NonDeterministic,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Remove,
    Upsert(Value),
}

/// Applies the document of the mask to the event.
///
/// # Errors
/// When it is no mask; then nothing of it was applied, and the event must not be written.
pub(super) fn apply(mask: &Value, event: &mut Event) -> Result<(), String> {
    for rule in rules(mask)? {
        rule.apply(event);
    }
    Ok(())
}

fn rules(mask: &Value) -> Result<Vec<Rule>, String> {
    match mask {
        Value::Array(rules) => rules.iter().map(rule).collect(),
        Value::Set(rules) => rules.iter().map(rule).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(format!("a mask is a set or an array of rules, and this is {}", mask.type_name()))
        }
    }
}

fn rule(rule: &Value) -> Result<Rule, String> {
    match rule {
        Value::String(path) => {
            let (part, keys) = place(path)?;
            Ok(Rule { part, keys, change: Change::Remove })
        }
        Value::Object(object) => {
            let text = |key| object.get_str(key).and_then(Value::as_str).unwrap_or_default();
            let (part, keys) = place(text("path"))?;
            let change = match text("op") {
                "remove" => Change::Remove,
                "upsert" => Change::Upsert(object.get_str("value").cloned().unwrap_or(Value::Null)),
                op => return Err(format!("`{op}` is no `op` of a mask: there are `remove` and `upsert`")),
            };
            Ok(Rule { part, keys, change })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Set(_) => {
            Err(format!("a rule of a mask is a path or an object, and this is {}", rule.type_name()))
        }
    }
}

fn place(path: &str) -> Result<(Part, Vec<String>), String> {
    let Some(segments) = path.strip_prefix('/') else {
        return Err(format!("the path `{path}` of a mask doesn't start with a slash"));
    };
    let mut segments = segments.split('/');
    let part = match segments.next() {
        Some("input") => Part::Input,
        Some("result") => Part::Result,
        Some("nd_builtin_cache") => Part::NonDeterministic,
        _ => {
            return Err(format!(
                "the path `{path}` of a mask leads to nothing that can be masked: that is `/input`, `/result` and \
                 `/nd_builtin_cache`"
            ));
        }
    };
    let keys = segments.map(|segment| {
        if is_encoded(segment) {
            Ok(encode(segment))
        } else {
            Err(format!("the path `{path}` of a mask has a `%` that two hexadecimal digits don't follow"))
        }
    });
    Ok((part, keys.collect::<Result<_, _>>()?))
}

fn is_encoded(segment: &str) -> bool {
    segment.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        (0..2).all(|_| digits.next().is_some_and(|digit| digit.is_ascii_hexdigit()))
    })
}

/// Percent-encodes a segment, whether it is so already or not: OPA does it, so a key with a space is not found by `a b` and not by
/// `a%20b`, but the key `a%20b` is by the former.
fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b':' | b'=' | b'@' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string can't fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

impl Rule {
    fn apply(&self, event: &mut Event) {
        let document = match self.part {
            Part::Input => &mut event.decision.input,
            Part::Result => &mut event.decision.result,
            Part::NonDeterministic => return,
        };
        let Some(value) = document else { return };
        let changed = match (&self.change, self.keys.is_empty()) {
            (Change::Remove, true) => None,
            (Change::Upsert(new), true) => Some(new.clone()),
            (_, false) => match self.changed(value) {
                Some(changed) => Some(changed),
                None => return,
            },
        };
        *document = changed;
        match self.change {
            Change::Remove => event.erased.push(self.path()),
            Change::Upsert(_) => event.masked.push(self.path()),
        }
    }

    /// The document with the change in it; nothing if there is no such place. Documents can be nested too deep to recurse.
    fn changed(&self, document: &Value) -> Option<Value> {
        let (last, leading) = self.keys.split_last()?;
        let mut above = Vec::new();
        let mut node = document.clone();
        for key in leading {
            let (step, below) = self.step(&node, key)?;
            above.push((node, step));
            node = below;
        }
        let mut changed = match &self.change {
            Change::Remove => without(node, last)?,
            Change::Upsert(value) => with(node, last, value.clone())?,
        };
        while let Some((mut container, step)) = above.pop() {
            match (&mut container, step) {
                (Value::Object(object), Step::Key(key)) => drop(object.insert(key, changed)),
                (Value::Array(array), Step::Index(index)) => *array = replaced(array, index, Some(changed)),
                _ => return None,
            }
            changed = container;
        }
        Some(changed)
    }

    fn step(&self, node: &Value, key: &str) -> Option<(Step, Value)> {
        match node {
            Value::Object(object) => {
                let below = match (object.get_str(key), &self.change) {
                    (Some(below), _) => below.clone(),
                    (None, Change::Upsert(_)) => Value::Object(Object::new()),
                    (None, Change::Remove) => return None,
                };
                Some((Step::Key(Value::string(key)), below))
            }
            Value::Array(array) => {
                let index = index(key)?;
                Some((Step::Index(index), array.get(index)?.clone()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
        }
    }

    fn path(&self) -> String {
        let part = match self.part {
            Part::Input => "/input",
            Part::Result => "/result",
            Part::NonDeterministic => "/nd_builtin_cache",
        };
        self.keys.iter().fold(part.to_owned(), |path, key| path + "/" + key)
    }
}

/// The way from a container to a value in it.
enum Step {
    Key(Value),
    Index(usize),
}

fn without(node: Value, key: &str) -> Option<Value> {
    match node {
        Value::Object(mut object) => {
            object.remove(&Value::string(key))?;
            Some(Value::Object(object))
        }
        Value::Array(array) => {
            let index = index(key).filter(|index| *index < array.len())?;
            Some(Value::Array(replaced(&array, index, None)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
    }
}

fn with(node: Value, key: &str, value: Value) -> Option<Value> {
    match node {
        Value::Object(mut object) => {
            object.insert(Value::string(key), value);
            Some(Value::Object(object))
        }
        Value::Array(array) => {
            let index = index(key).filter(|index| *index < array.len())?;
            Some(Value::Array(replaced(&array, index, Some(value))))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
    }
}

/// The array with another element, or without the one, at the index.
fn replaced(array: &Array, index: usize, mut value: Option<Value>) -> Array {
    let elements = array.iter().enumerate();
    let element =
        |(at, element): (usize, &Value)| if at == index { value.take() } else { Some(element.clone()) };
    elements.filter_map(element).collect()
}

/// An index as Go's `Atoi` reads it.
fn index(key: &str) -> Option<usize> {
    key.parse::<i64>().ok().and_then(|index| usize::try_from(index).ok())
}

#[cfg(test)]
mod tests;
