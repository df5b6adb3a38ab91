//! Merges documents into one, and finds who is to blame when they disagree.

use std::sync::Arc;

use portcullis::bundle::{data_reference, mounted};
use portcullis::value::{Object, Value};

use super::failure::LoadError;

/// Documents on the way to become `data`.
#[derive(Debug, Default)]
pub(super) struct Documents {
    list: Vec<Document>,
}

#[derive(Debug)]
struct Document {
    name: Arc<str>,
    content: Object,
    modules_before: usize,
    order: usize,
}

impl Documents {
    /// Adds the document of a file, whose place under `data` is `mount`.
    ///
    /// # Errors
    ///
    /// When `data` itself would not be an object.
    pub(super) fn add(
        &mut self,
        name: &Arc<str>,
        mount: &[Arc<str>],
        value: Value,
        modules_before: usize,
        order: usize,
    ) -> Result<(), LoadError> {
        let Value::Object(content) = mounted(mount, value) else {
            return Err(LoadError::new(format!("{name}: document must be of type object")));
        };
        self.list.push(Document { name: Arc::clone(name), content, modules_before, order });
        Ok(())
    }

    /// All documents as one.
    ///
    /// # Errors
    ///
    /// One for each document that says something about a path that one before it speaks of already, as OPA words it.
    /// Such a document takes no part in what follows.
    pub(super) fn merge(self) -> Result<Object, Vec<LoadError>> {
        let mut merged = Merged::default();
        let mut errors = Vec::new();
        for (index, document) in self.list.iter().enumerate() {
            if let Some(path) = merged.add(&document.content) {
                let before = self.list.iter().take(index);
                errors.push(document.conflict(&path, before.filter(|other| has_path(&other.content, &path))));
            }
        }
        if errors.is_empty() { Ok(merged.finish()) } else { Err(errors) }
    }
}

impl Document {
    fn conflict<'a>(&self, path: &[Arc<str>], mut others: impl Iterator<Item = &'a Self>) -> LoadError {
        let rest = others.next().map_or_else(
            || "data from multiple files must not overlap".to_owned(),
            |other| format!("also defined in {}", other.name),
        );
        let place = data_reference(path);
        let message = format!("{}: merge error: conflicting values at {place}, {rest}", self.name);
        LoadError { modules_before: self.modules_before, order: self.order, ..LoadError::new(message) }
    }
}

/// Objects without conflicts, each merged of twice as many as the one after it at least; so no large object is merged
/// with many small ones.
#[derive(Debug, Default)]
struct Merged {
    parts: Vec<(Object, usize)>,
}

impl Merged {
    /// Adds an object, or says at which path it is in conflict with those that are there.
    fn add(&mut self, object: &Object) -> Option<Vec<Arc<str>>> {
        let conflict = self.parts.iter().filter_map(|(part, _)| first_conflict(part, object)).min();
        if conflict.is_some() {
            return conflict;
        }
        self.parts.push((object.clone(), 1));
        while let [.., (_, left), (_, right)] = self.parts.as_slice()
            && left <= right
        {
            self.join_last();
        }
        None
    }

    fn finish(mut self) -> Object {
        while self.parts.len() > 1 {
            self.join_last();
        }
        self.parts.pop().map(|(object, _)| object).unwrap_or_default()
    }

    fn join_last(&mut self) {
        if let (Some((right, right_count)), Some((left, left_count))) = (self.parts.pop(), self.parts.pop()) {
            self.parts.push((left.overlay(right), left_count + right_count));
        }
    }
}

/// The first path, in the order of keys, at which both have a value and not both an object.
fn first_conflict(left: &Object, right: &Object) -> Option<Vec<Arc<str>>> {
    let mut pending = vec![(left, right.iter())];
    let mut path = Vec::new();
    while let Some((left, rest)) = pending.last_mut() {
        let Some((key, right)) = rest.next() else {
            pending.pop();
            path.pop();
            continue;
        };
        let Value::String(key) = key else { continue };
        match (left.get_str(key), right) {
            (None, _) => {}
            (Some(Value::Object(left)), Value::Object(right)) => {
                path.push(Arc::clone(key));
                pending.push((left, right.iter()));
            }
            _ => {
                path.push(Arc::clone(key));
                return Some(path);
            }
        }
    }
    None
}

fn has_path(content: &Object, path: &[Arc<str>]) -> bool {
    let Some((last, outer)) = path.split_last() else { return false };
    let innermost = outer.iter().try_fold(content, |object, key| object.get_str(key)?.as_object());
    innermost.is_some_and(|object| object.get_str(last).is_some())
}
