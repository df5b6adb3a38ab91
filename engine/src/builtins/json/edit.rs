//! A value under edit: what changes is kept beside what was there.
//!
//! It answers as OPA's does, even where that is strange: a step into an element of an array that has been shifted
//! finds the element that stood at that place before, and what is found takes the place of what is there.

use std::collections::BTreeMap;

use crate::value::{Array, Object, Set, Value};

/// A value and its edits. The nodes refer to each other by number, so that long paths need no recursion; a child
/// always has a higher number than its parent.
pub(super) struct EditTree {
    nodes: Vec<Node>,
}

enum Node {
    /// The whole value was removed.
    Gone,
    Scalar(Value),
    Object(Object, BTreeMap<Value, Edit>),
    Set(Set, BTreeMap<Value, Edit>),
    /// The elements that were there, and those that are.
    Array(Array, Vec<Slot>),
}

#[derive(Debug, Clone, Copy)]
enum Edit {
    /// The child was removed, which was a collection or a scalar.
    Deleted(&'static str),
    Child(usize),
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    /// The element that was at this index.
    Kept(usize),
    Child(usize),
}

impl EditTree {
    pub(super) fn new(value: &Value) -> Self {
        Self { nodes: vec![Node::new(value)] }
    }

    /// Sets what is at `path`; in an array it comes before what is there. No value stands for one that was removed.
    ///
    /// # Errors
    /// OPA's words for what is wrong with the path.
    pub(super) fn insert_at(&mut self, path: &[Value], value: Option<Value>) -> Result<(), String> {
        let value = value.ok_or("cannot insert nil value into EditTree")?;
        let Some((last, path)) = path.split_last() else {
            self.nodes = vec![Node::new(&value)];
            return Ok(());
        };
        let parent = self.unfold(path)?;
        self.insert(parent, last, &value)?;
        Ok(())
    }

    /// Removes what is at `path`.
    ///
    /// # Errors
    /// OPA's words for what is wrong with the path.
    pub(super) fn delete_at(&mut self, path: &[Value]) -> Result<(), String> {
        let Some((last, path)) = path.split_last() else {
            if matches!(self.nodes.first(), Some(Node::Gone) | None) {
                return Err("deleted node encountered during delete operation".to_owned());
            }
            self.nodes = vec![Node::Gone];
            return Ok(());
        };
        let parent = self.unfold(path)?;
        self.delete(parent, last)
    }

    /// What is at `path` now.
    ///
    /// # Errors
    /// OPA's words for what is wrong with the path.
    pub(super) fn render_at(&mut self, path: &[Value]) -> Result<Option<Value>, String> {
        let node = self.unfold(path)?;
        Ok(self.render_node(node))
    }

    /// The whole value; none when it was removed.
    pub(super) fn render(&self) -> Option<Value> {
        self.render_node(0)
    }

    /// The node at `path`, which becomes a child that can be edited.
    fn unfold(&mut self, path: &[Value]) -> Result<usize, String> {
        let mut at = 0;
        for key in path {
            at = self.child(at, key)?;
        }
        Ok(at)
    }

    fn child(&mut self, at: usize, key: &Value) -> Result<usize, String> {
        self.collapse_for(at, key);
        let found = match self.nodes.get(at) {
            None | Some(Node::Gone) => {
                return Err("nil value encountered where composite value was expected".to_owned());
            }
            Some(Node::Scalar(value)) => {
                let (name, kind) = (value.to_rego(), go_type(value));
                return Err(format!(
                    "expected composite type for path {key}, found value: {name} (type: {kind})"
                ));
            }
            Some(Node::Object(object, edits)) => match edits.get(key) {
                Some(Edit::Child(child)) => return Ok(*child),
                Some(Edit::Deleted(kind)) => {
                    return Err(format!("cannot unfold the already deleted {kind} node for key {key}"));
                }
                None => object.get(key).cloned().ok_or_else(|| {
                    format!("path {key} does not exist in object term {}", Value::from(object.clone()))
                })?,
            },
            Some(Node::Set(set, edits)) => {
                // OPA shows the step as a reference, whose head has no quotes.
                let shown = key.as_str().map_or_else(|| key.to_rego(), str::to_owned);
                let missing =
                    || format!("path {shown} does not exist in set term {}", Value::from(set.clone()));
                match edits.get(key) {
                    Some(Edit::Child(child)) => return Ok(*child),
                    Some(Edit::Deleted(_)) => return Err(missing()),
                    None => set.get(key).cloned().ok_or_else(missing)?,
                }
            }
            Some(Node::Array(array, slots)) => {
                let index = index(slots.len(), key)?;
                let slot = usize::try_from(index).ok().and_then(|index| slots.get(index));
                if let Some(Slot::Child(child)) = slot {
                    return Ok(*child);
                }
                let there = usize::try_from(index).ok().and_then(|index| array.get(index)).cloned();
                let value = there.ok_or_else(|| {
                    format!("path {index} does not exist in array term {}", Value::from(array.clone()))
                })?;
                self.delete(at, &Value::from(index))?;
                return self.insert(at, &Value::from(index), &value);
            }
        };
        self.insert(at, key, &found)
    }

    fn insert(&mut self, at: usize, key: &Value, value: &Value) -> Result<usize, String> {
        let child = self.nodes.len();
        if matches!(self.nodes.get(at), Some(Node::Set(..))) && key != value {
            return Err(format!("set key {key} does not equal value to be inserted {value}"));
        }
        self.collapse_for(at, key);
        match self.nodes.get_mut(at) {
            None | Some(Node::Gone) => {
                return Err("deleted node encountered during insert operation".to_owned());
            }
            Some(Node::Scalar(value)) => return Err(not_composite(value)),
            Some(Node::Object(_, edits) | Node::Set(_, edits)) => {
                // The key as it is written now takes the place of an equal one.
                edits.remove(key);
                edits.insert(key.clone(), Edit::Child(child));
            }
            Some(Node::Array(_, slots)) => {
                let index =
                    usize::try_from(index(slots.len(), key)?).ok().filter(|index| *index <= slots.len());
                let index = index.ok_or("index for array insertion out of bounds")?;
                slots.insert(index, Slot::Child(child));
            }
        }
        self.nodes.push(Node::new(value));
        Ok(child)
    }

    fn delete(&mut self, at: usize, key: &Value) -> Result<(), String> {
        self.collapse_for(at, key);
        let missing = || format!("cannot delete child key {key} that does not exist");
        let scalar = |node: &Node| matches!(node, Node::Scalar(_));
        let kind = |scalar: bool| if scalar { "scalar" } else { "composite" };
        let edit = match self.nodes.get(at) {
            None | Some(Node::Gone) => {
                return Err("deleted node encountered during delete operation".to_owned());
            }
            Some(Node::Scalar(value)) => return Err(not_composite(value)),
            Some(Node::Object(_, edits) | Node::Set(_, edits)) => edits.get(key).copied(),
            Some(Node::Array(..)) => None,
        };
        let edited = match edit {
            Some(Edit::Deleted(kind)) => {
                return Err(format!("cannot delete the already deleted {kind} node for key {key}"));
            }
            Some(Edit::Child(child)) => self.nodes.get(child).map(|node| kind(scalar(node))),
            None => None,
        };
        match self.nodes.get_mut(at) {
            Some(Node::Object(object, edits)) => {
                let there = || object.get(key).map(|value| kind(is_scalar(value)));
                let was = edited.or_else(there).ok_or_else(missing)?;
                edits.insert(key.clone(), Edit::Deleted(was));
            }
            Some(Node::Set(set, edits)) => {
                let there = || set.get(key).map(|value| kind(is_scalar(value)));
                let was = edited.or_else(there).ok_or_else(missing)?;
                edits.insert(key.clone(), Edit::Deleted(was));
            }
            Some(Node::Array(_, slots)) => {
                let index =
                    usize::try_from(index(slots.len(), key)?).ok().filter(|index| *index < slots.len());
                slots.remove(index.ok_or("index for array delete out of bounds")?);
            }
            None | Some(Node::Gone | Node::Scalar(_)) => {}
        }
        Ok(())
    }

    /// Before a set is asked for a collection its edits become part of it, since they may have changed its elements.
    fn collapse_for(&mut self, at: usize, key: &Value) {
        if is_scalar(key) || !matches!(self.nodes.get(at), Some(Node::Set(..))) {
            return;
        }
        if let Some(value) = self.render_node(at)
            && let Some(node) = self.nodes.get_mut(at)
        {
            *node = Node::new(&value);
        }
    }

    fn render_node(&self, root: usize) -> Option<Value> {
        let mut numbers = vec![root];
        let mut pending = vec![root];
        while let Some(node) = pending.pop().and_then(|number| self.nodes.get(number)) {
            let before = numbers.len();
            node.children(&mut numbers);
            pending.extend(numbers.iter().skip(before));
        }
        numbers.sort_unstable();
        let mut rendered: BTreeMap<usize, Value> = BTreeMap::new();
        for number in numbers.into_iter().rev() {
            let value = self.nodes.get(number)?.render(&mut rendered)?;
            rendered.insert(number, value);
        }
        rendered.remove(&root)
    }
}

impl Node {
    fn new(value: &Value) -> Self {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Self::Scalar(value.clone()),
            Value::Object(object) => Self::Object(object.clone(), BTreeMap::new()),
            Value::Set(set) => Self::Set(set.clone(), BTreeMap::new()),
            Value::Array(array) => Self::Array(array.clone(), (0..array.len()).map(Slot::Kept).collect()),
        }
    }

    fn children(&self, numbers: &mut Vec<usize>) {
        match self {
            Self::Gone | Self::Scalar(_) => {}
            Self::Object(_, edits) | Self::Set(_, edits) => {
                numbers.extend(edits.values().filter_map(|edit| match edit {
                    Edit::Deleted(_) => None,
                    Edit::Child(child) => Some(*child),
                }));
            }
            Self::Array(_, slots) => numbers.extend(slots.iter().filter_map(|slot| match slot {
                Slot::Kept(_) => None,
                Slot::Child(child) => Some(*child),
            })),
        }
    }

    /// The value, made of the values of the children.
    fn render(&self, rendered: &mut BTreeMap<usize, Value>) -> Option<Value> {
        Some(match self {
            Self::Gone => return None,
            Self::Scalar(value) => value.clone(),
            Self::Object(object, edits) if edits.is_empty() => object.clone().into(),
            Self::Object(object, edits) => {
                let kept = object.iter().filter(|(key, _)| !edits.contains_key(key));
                let mut entries: Vec<_> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
                for (key, edit) in edits {
                    if let Edit::Child(child) = edit {
                        entries.push((key.clone(), rendered.remove(child)?));
                    }
                }
                entries.into_iter().collect::<Object>().into()
            }
            Self::Set(set, edits) if edits.is_empty() => set.clone().into(),
            Self::Set(set, edits) => {
                let mut values: Vec<_> = set.iter().filter(|key| !edits.contains_key(key)).cloned().collect();
                for edit in edits.values() {
                    if let Edit::Child(child) = edit {
                        values.push(rendered.remove(child)?);
                    }
                }
                values.into_iter().collect::<Set>().into()
            }
            Self::Array(array, slots) => {
                let value = |slot: &Slot| match slot {
                    Slot::Kept(index) => array.get(*index).cloned(),
                    Slot::Child(child) => rendered.remove(child),
                };
                slots.iter().map(value).collect::<Option<Vec<_>>>().map(Array::from)?.into()
            }
        })
    }
}

/// The index that a key stands for; `-` is the one past the end.
fn index(length: usize, key: &Value) -> Result<i64, String> {
    let index = match key {
        Value::Number(number) => whole(&number.text()).ok_or("invalid number type for indexing")?,
        Value::String(text) if &**text == "-" => i64::try_from(length).unwrap_or(i64::MAX),
        Value::String(text) => {
            let index = whole(text).ok_or("invalid string for indexing")?;
            if text.starts_with('0') && &**text != "0" {
                return Err("leading zeros are not allowed in JSON paths".to_owned());
            }
            index
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => {
            return Err("invalid type for indexing".to_owned());
        }
    };
    Ok(index)
}

/// An integer with or without a sign, after which a point and zeros may stand.
fn whole(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, zeros) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && zeros.bytes().all(|byte| byte == b'0');
    if !is_whole || unsigned.is_empty() || unsigned.len() > MAX_DIGITS {
        return None;
    }
    let value: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    Some(if text.starts_with('-') { -value } else { value })
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}

fn not_composite(value: &Value) -> String {
    format!("expected composite type, found value: {value} (type: {})", go_type(value))
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "ast.Null",
        Value::Bool(_) => "ast.Boolean",
        Value::Number(_) => "ast.Number",
        Value::String(_) => "ast.String",
        Value::Array(_) => "*ast.Array",
        Value::Object(_) => "*ast.object",
        Value::Set(_) => "*ast.set",
    }
}

/// The length beyond which OPA takes no text for an index.
const MAX_DIGITS: usize = 19;
