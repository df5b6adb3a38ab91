//! The tree that a document is read into.

use std::collections::BTreeSet;
use std::fmt;
use std::slice;
use std::sync::Arc;

use super::json::{Leaf, Tree};
use crate::source::Span;
use crate::value::{Array, Number, Value};

/// One value of a document, and where it stands.
///
/// Nodes may nest as deep as the readers allow; all operations here are iterative. A node can't be taken apart by
/// pattern; use [`Node::into_kind`].
pub struct Node {
    /// From the first byte of the value to its last one. What an alias of YAML refers to has the place of its anchor.
    pub span: Span,
    /// What the value is.
    pub kind: NodeKind,
}

/// What a [`Node`] is.
pub enum NodeKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// An array.
    Array(Vec<Node>),
    /// An object: entries as they stand in the text, repeated keys included.
    Object(Vec<Entry>),
}

/// One key of an object and its value.
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A node at `span`.
    pub fn new(span: Span, kind: NodeKind) -> Self {
        Self { span, kind }
    }

    /// What the node is, without its place.
    pub fn into_kind(mut self) -> NodeKind {
        std::mem::replace(&mut self.kind, NodeKind::Null)
    }

    /// What the value is, with an article, for messages: `a string`, `an array`, `null`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Array(_) => "an array",
            NodeKind::Object(_) => "an object",
        }
    }

    /// The value at a key of an object; of a repeated key the last one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let NodeKind::Object(entries) = &self.kind else { return None };
        entries.iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The value as OPA loads it: of a repeated key the last value counts, in JSON and in YAML.
    pub fn to_value(&self) -> Value {
        self.to_value_with(|_, text| Arc::clone(text), |_, number| number.clone())
    }

    /// The same, with what `string` and `number` make of each string and number and its node.
    pub(crate) fn to_value_with(
        &self,
        string: impl Fn(&Self, &Arc<str>) -> Arc<str>,
        number: impl Fn(&Self, &Number) -> Number,
    ) -> Value {
        self.fold(|shell| match shell {
            Shell::Scalar(node) => match &node.kind {
                NodeKind::Bool(value) => Value::Bool(*value),
                NodeKind::Number(value) => Value::Number(number(node, value)),
                NodeKind::String(text) => Value::String(string(node, text)),
                NodeKind::Null | NodeKind::Array(_) | NodeKind::Object(_) => Value::Null,
            },
            Shell::Array(_, values) => Value::Array(Array::from(values)),
            Shell::Object(_, entries, values) => {
                let keys = entries.iter().map(|entry| Value::String(Arc::clone(&entry.key)));
                Value::Object(keys.zip(values).collect())
            }
        })
    }

    /// The first key, in the order of the text, that its object has already; and the entry that had it first.
    ///
    /// For readers that are stricter than OPA, which takes the last.
    pub fn repeated_key(&self) -> Option<(&Entry, &Entry)> {
        let mut found: Option<(&Entry, &Entry)> = None;
        let mut pending = vec![self];
        while let Some(node) = pending.pop() {
            if let Some((first, again)) = node.own_repeated_key()
                && found.is_none_or(|(_, earliest)| again.key_span < earliest.key_span)
            {
                found = Some((first, again));
            }
            pending.extend(node.children());
        }
        found
    }

    /// Where keys stand that their objects have already, in the order of the text.
    pub fn repeated_keys(&self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(node) = pending.pop() {
            if let NodeKind::Object(entries) = &node.kind {
                let mut seen = BTreeSet::new();
                found.extend(
                    entries.iter().filter(|entry| !seen.insert(&entry.key)).map(|entry| entry.key_span),
                );
            }
            pending.extend(node.children());
        }
        // An alias has the same keys once more.
        found.sort_unstable();
        found.dedup();
        found
    }

    /// As [`Node::repeated_key`], for the keys of this object alone.
    pub(super) fn own_repeated_key(&self) -> Option<(&Entry, &Entry)> {
        let NodeKind::Object(entries) = &self.kind else { return None };
        let mut by_key: Vec<_> = entries.iter().enumerate().collect();
        by_key.sort_by(|(at, left), (other, right)| left.key.cmp(&right.key).then(at.cmp(other)));
        let pairs = by_key.iter().zip(by_key.iter().skip(1));
        let repeated = pairs.filter(|((_, first), (_, again))| first.key == again.key);
        let ((_, first), (_, again)) = repeated.min_by_key(|(_, (at, _))| *at)?;
        Some((first, again))
    }

    fn children(&self) -> Children<'_> {
        match &self.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => Children::None,
            NodeKind::Array(nodes) => Children::Array(nodes.iter()),
            NodeKind::Object(entries) => Children::Object(entries.iter()),
        }
    }

    /// Computes from the leaves up, without recursion.
    fn fold<'a, T>(&'a self, mut compute: impl FnMut(Shell<'a, T>) -> T) -> T {
        let mut node = self;
        let mut open: Vec<(&Node, Children<'_>, Vec<T>)> = Vec::new();
        loop {
            let mut result = match &node.kind {
                NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                    compute(Shell::Scalar(node))
                }
                NodeKind::Array(_) | NodeKind::Object(_) => {
                    let mut children = node.children();
                    if let Some(child) = children.next() {
                        open.push((node, children, Vec::new()));
                        node = child;
                        continue;
                    }
                    compute(Shell::new(node, Vec::new()))
                }
            };
            loop {
                let Some((parent, mut children, mut done)) = open.pop() else { return result };
                done.push(result);
                if let Some(child) = children.next() {
                    open.push((parent, children, done));
                    node = child;
                    break;
                }
                result = compute(Shell::new(parent, done));
            }
        }
    }
}

impl Tree for Node {
    type Entry = Entry;

    fn leaf(span: Span, leaf: Leaf) -> Self {
        let kind = match leaf {
            Leaf::Null => NodeKind::Null,
            Leaf::Bool(value) => NodeKind::Bool(value),
            Leaf::Number(number) => NodeKind::Number(number),
            Leaf::String(text) => NodeKind::String(text),
        };
        Self::new(span, kind)
    }

    fn array(span: Span, items: Vec<Self>) -> Self {
        Self::new(span, NodeKind::Array(items))
    }

    fn entry(key: Arc<str>, key_span: Span, value: Self) -> Entry {
        Entry { key, key_span, value }
    }

    fn object(span: Span, entries: Vec<Entry>) -> Self {
        Self::new(span, NodeKind::Object(entries))
    }
}

/// Without places, as OPA loads a document: of a repeated key the last value counts.
impl Tree for Value {
    type Entry = (Self, Self);

    fn leaf(_: Span, leaf: Leaf) -> Self {
        match leaf {
            Leaf::Null => Self::Null,
            Leaf::Bool(value) => Self::Bool(value),
            Leaf::Number(number) => Self::Number(number),
            Leaf::String(text) => Self::String(text),
        }
    }

    fn array(_: Span, items: Vec<Self>) -> Self {
        Self::Array(Array::from(items))
    }

    fn entry(key: Arc<str>, _: Span, value: Self) -> (Self, Self) {
        (Self::String(key), value)
    }

    fn object(_: Span, entries: Vec<(Self, Self)>) -> Self {
        Self::Object(entries.into_iter().collect())
    }
}

/// A node whose children were computed already.
enum Shell<'a, T> {
    Scalar(&'a Node),
    Array(&'a Node, Vec<T>),
    Object(&'a Node, &'a [Entry], Vec<T>),
}

impl<'a, T> Shell<'a, T> {
    fn new(node: &'a Node, made: Vec<T>) -> Self {
        match &node.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {
                Self::Scalar(node)
            }
            NodeKind::Array(_) => Self::Array(node, made),
            NodeKind::Object(entries) => Self::Object(node, entries, made),
        }
    }
}

enum Children<'a> {
    None,
    Array(slice::Iter<'a, Node>),
    Object(slice::Iter<'a, Entry>),
}

impl<'a> Iterator for Children<'a> {
    type Item = &'a Node;

    fn next(&mut self) -> Option<&'a Node> {
        match self {
            Self::None => None,
            Self::Array(nodes) => nodes.next(),
            Self::Object(entries) => entries.next().map(|entry| &entry.value),
        }
    }
}

impl Clone for Node {
    fn clone(&self) -> Self {
        self.fold(|shell| match shell {
            Shell::Scalar(node) => {
                let kind = match &node.kind {
                    NodeKind::Bool(value) => NodeKind::Bool(*value),
                    NodeKind::Number(number) => NodeKind::Number(number.clone()),
                    NodeKind::String(text) => NodeKind::String(Arc::clone(text)),
                    NodeKind::Null | NodeKind::Array(_) | NodeKind::Object(_) => NodeKind::Null,
                };
                Self::new(node.span, kind)
            }
            Shell::Array(node, nodes) => Self::new(node.span, NodeKind::Array(nodes)),
            Shell::Object(node, entries, values) => {
                let entries = entries.iter().zip(values).map(|(entry, value)| Entry {
                    key: Arc::clone(&entry.key),
                    key_span: entry.key_span,
                    value,
                });
                Self::new(node.span, NodeKind::Object(entries.collect()))
            }
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        take_containers(&mut self.kind, &mut pending);
        while let Some(mut node) = pending.pop() {
            take_containers(&mut node.kind, &mut pending);
        }
    }
}

/// The place and the value.
impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}..{}: {}", self.span.start, self.span.end, self.to_value())
    }
}

impl fmt::Debug for NodeKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("Null"),
            Self::Bool(value) => write!(formatter, "Bool({value})"),
            Self::Number(number) => write!(formatter, "Number({number})"),
            Self::String(text) => write!(formatter, "String({text:?})"),
            Self::Array(nodes) => formatter.debug_tuple("Array").field(nodes).finish(),
            Self::Object(entries) => formatter.debug_tuple("Object").field(entries).finish(),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} ({:?})", self.key, self.value)
    }
}

/// Leaves no array and no object behind that is not empty.
fn take_containers(kind: &mut NodeKind, taken: &mut Vec<Node>) {
    match kind {
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        NodeKind::Array(nodes) => {
            taken.extend(std::mem::take(nodes).into_iter().filter(is_container));
        }
        NodeKind::Object(entries) => {
            let values = std::mem::take(entries).into_iter().map(|entry| entry.value);
            taken.extend(values.filter(is_container));
        }
    }
}

fn is_container(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Array(_) | NodeKind::Object(_))
}
