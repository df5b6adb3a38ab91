//! The syntax tree of GraphQL in the form that policies see: objects with the names of OPA's library.

use super::lexer::Token;
use crate::value::{Array, Object, Value};

/// A node under construction.
#[derive(Debug, Default)]
pub(super) struct Node(Vec<(&'static str, Value)>);

impl Node {
    /// A node at a token, of which messages show the place.
    pub(super) fn at(token: &Token) -> Self {
        let number = |number: usize| Value::from(u64::try_from(number).unwrap_or(u64::MAX));
        let place = Array::from(vec![number(token.row), number(token.column)]);
        Self(vec![(POSITION, place.into())])
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// A list; an empty one is left out, as the library's trees are shown.
    pub(super) fn with_all(mut self, name: &'static str, values: Vec<Value>) -> Self {
        if !values.is_empty() {
            self.0.push((name, Array::from(values).into()));
        }
        self
    }

    /// A part that may be missing.
    pub(super) fn with_some(mut self, name: &'static str, value: Option<Value>) -> Self {
        self.0.extend(value.map(|value| (name, value)));
        self
    }

    /// The comments before a token.
    pub(super) fn with_comments(self, name: &'static str, comments: &[String]) -> Self {
        if comments.is_empty() {
            return self;
        }
        let list = comments.iter().map(|text| Self::default().with("Value", text.as_str()).done()).collect();
        self.with(name, Self::default().with_all("List", list).done())
    }

    pub(super) fn done(self) -> Value {
        self.0.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>().into()
    }
}

/// A node that is not copied to its end: what is copied, whether it is an object, what is left, and its own key.
type Open<'a> = (Vec<(Value, Value)>, bool, std::vec::IntoIter<(Value, &'a Value)>, Value);

/// The tree without places, as policies see it, and without what is empty.
///
/// Trees that come from policies may nest deep, so this works without recursion.
pub(super) fn pruned(tree: &Value) -> Value {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut current = Some((Value::Null, tree));
    let mut finished: Option<(Value, Value)> = None;
    loop {
        if let Some((key, value)) = current.take() {
            let children: Option<Vec<(Value, &Value)>> = match value {
                Value::Array(array) => Some(array.iter().map(|value| (Value::Null, value)).collect()),
                Value::Object(object) => {
                    let kept = object.iter().filter(|(key, _)| key.as_str() != Some(POSITION));
                    Some(kept.map(|(key, value)| (key.clone(), value)).collect())
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => None,
            };
            let is_object = value.as_object().is_some();
            match children {
                Some(children) => open.push((Vec::new(), is_object, children.into_iter(), key)),
                None => finished = Some((key, value.clone())),
            }
        }
        let Some((entries, is_object, pending, _)) = open.last_mut() else {
            return finished.map_or(Value::Null, |(_, value)| value);
        };
        if let Some((key, value)) = finished.take() {
            let empty = match &value {
                Value::Null => true,
                Value::Array(array) => array.is_empty(),
                Value::Object(object) => object.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => false,
            };
            if !empty {
                entries.push((key, value));
            }
        }
        current = pending.next();
        if current.is_none() {
            let is_object = *is_object;
            if let Some((entries, _, _, key)) = open.pop() {
                let value = if is_object {
                    entries.into_iter().collect::<Object>().into()
                } else {
                    entries.into_iter().map(|(_, value)| value).collect::<Array>().into()
                };
                finished = Some((key, value));
            }
        }
    }
}

/// The text in a field of a node; empty when there is none.
pub(super) fn text<'a>(node: &'a Value, name: &str) -> &'a str {
    part(node, name).and_then(Value::as_str).unwrap_or_default()
}

/// A field of a node.
pub(super) fn part<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.as_object().and_then(|node| node.get_str(name)).filter(|value| !matches!(value, Value::Null))
}

/// The elements of a list in a field of a node.
pub(super) fn all<'a>(node: &'a Value, name: &str) -> &'a [Value] {
    part(node, name).and_then(Value::as_array).map_or(&[], |array| array.as_slice())
}

/// Whether a field of a node is true.
pub(super) fn flag(node: &Value, name: &str) -> bool {
    part(node, name).and_then(Value::as_bool).unwrap_or(false)
}

/// Where the places of nodes stand.
pub(super) const POSITION: &str = "Position";
