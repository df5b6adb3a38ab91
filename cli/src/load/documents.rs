//! Merges documents into one, and finds who is to blame when they disagree.

use std::sync::Arc;

use portcullis::bundle::data_reference;
use portcullis::document::{BaseData, Inner};

use super::failure::LoadError;

/// Documents on the way to become `data`.
#[derive(Debug)]
pub(super) struct Documents<D> {
    list: Vec<Document<D>>,
}

impl<D> Default for Documents<D> {
    fn default() -> Self {
        Self { list: Vec::new() }
    }
}

#[derive(Debug)]
struct Document<D> {
    name: Arc<str>,
    content: D,
    modules_before: usize,
    order: usize,
}

impl<D: BaseData> Documents<D> {
    /// Adds the document of a file, at its place under `data`.
    ///
    /// # Errors
    ///
    /// When `data` itself would not be an object.
    pub(super) fn add(
        &mut self,
        name: &Arc<str>,
        document: Option<D>,
        modules_before: usize,
        order: usize,
    ) -> Result<(), LoadError> {
        let content =
            document.ok_or_else(|| LoadError::new(format!("{name}: document must be of type object")))?;
        self.list.push(Document { name: Arc::clone(name), content, modules_before, order });
        Ok(())
    }

    /// All documents as one.
    ///
    /// # Errors
    ///
    /// One for each document that says something about a path that one before it speaks of already, as OPA words it.
    /// Such a document takes no part in what follows.
    pub(super) fn merge(self) -> Result<D, Vec<LoadError>> {
        let mut merged = Merged { parts: Vec::new() };
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

impl<D> Document<D> {
    fn conflict<'a>(&self, path: &[Arc<str>], mut others: impl Iterator<Item = &'a Self>) -> LoadError
    where
        D: 'a,
    {
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
#[derive(Debug)]
struct Merged<D> {
    parts: Vec<(D, usize)>,
}

impl<D: BaseData> Merged<D> {
    /// Adds an object, or says at which path it is in conflict with those that are there.
    fn add(&mut self, object: &D) -> Option<Vec<Arc<str>>> {
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

    fn finish(mut self) -> D {
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
fn first_conflict<D: BaseData>(left: &D, right: &D) -> Option<Vec<Arc<str>>> {
    let mut pending = vec![(left.clone(), right.entries().into_iter())];
    let mut path = Vec::new();
    while let Some((left, rest)) = pending.last_mut() {
        let Some((key, right)) = rest.next() else {
            pending.pop();
            path.pop();
            continue;
        };
        match (left.entry(&key), right) {
            (None, _) => {}
            (Some(Inner::Object(left)), Inner::Object(right)) => {
                path.push(key);
                pending.push((left, right.entries().into_iter()));
            }
            (Some(_), _) => {
                path.push(key);
                return Some(path);
            }
        }
    }
    None
}

fn has_path<D: BaseData>(content: &D, path: &[Arc<str>]) -> bool {
    let Some((last, outer)) = path.split_last() else { return false };
    let innermost = outer.iter().try_fold(content.clone(), |object, key| match object.entry(key)? {
        Inner::Object(inner) => Some(inner),
        Inner::Other => None,
    });
    innermost.is_some_and(|object| object.entry(last).is_some())
}
