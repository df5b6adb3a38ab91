//! Objects: values by key, where a key may be any value.

use std::cmp::Ordering;
use std::fmt;
use std::slice;
use std::sync::Arc;

use super::drop::drop_all;
use super::{Value, is_same_text};

/// An object; cheap to clone. Iterates in OPA's order of keys.
#[derive(Clone, Default)]
pub struct Object(Arc<Entries>);

/// Sorted by key, no key twice.
#[derive(Clone, Default)]
struct Entries(Vec<(Value, Value)>);

impl Object {
    /// The empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys and their values, in ascending order of keys.
    pub fn iter(&self) -> ObjectIter<'_> {
        ObjectIter(self.0.0.iter())
    }

    /// The keys in ascending order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.0.iter().map(|(key, _)| key)
    }

    /// The values in ascending order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.0.0.iter().map(|(_, value)| value)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// The value at a key equal to `key`.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let index = self.find(key).ok()?;
        self.0.0.get(index).map(|(_, value)| value)
    }

    /// The value at a string key.
    #[inline]
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        if self.0.0.len() <= LOOKED_THROUGH {
            // Keys of another length are passed over without a look at their text.
            let is_key =
                |candidate: &Value| matches!(candidate, Value::String(text) if is_same_text(text, key));
            return self.0.0.iter().find(|(candidate, _)| is_key(candidate)).map(|(_, value)| value);
        }
        self.search_str(key)
    }

    fn search_str(&self, key: &str) -> Option<&Value> {
        let index = self.0.0.binary_search_by(|(candidate, _)| compare_to_str(candidate, key)).ok()?;
        self.0.0.get(index).map(|(_, value)| value)
    }

    /// The entry at a position in ascending order of keys, from 0.
    pub fn at(&self, index: usize) -> Option<(&Value, &Value)> {
        self.0.0.get(index).map(|(key, value)| (key, value))
    }

    /// Whether there is a key equal to `key`.
    pub fn contains_key(&self, key: &Value) -> bool {
        self.find(key).is_ok()
    }

    /// Sets the value at `key` and gives back the one that was there. An equal key that is there already stays
    /// as it is written. Other clones keep what they have.
    pub fn insert(&mut self, key: Value, value: Value) -> Option<Value> {
        let found = self.find(&key);
        let entries = &mut Arc::make_mut(&mut self.0).0;
        match found {
            Ok(index) => entries.get_mut(index).map(|entry| std::mem::replace(&mut entry.1, value)),
            Err(index) => {
                entries.insert(index, (key, value));
                None
            }
        }
    }

    /// Takes the entry at `key` out and gives back its value. Other clones keep what they have.
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        let index = self.find(key).ok()?;
        Some(Arc::make_mut(&mut self.0).0.remove(index).1)
    }

    /// The entries as JSON has them: keys are their text, sorted by bytes, none twice.
    pub(crate) fn json_entries(&self) -> Vec<(String, &Value)> {
        super::json::entries(self)
    }

    /// An object of entries that are sorted by key already, no key twice.
    pub(crate) fn from_sorted(entries: Vec<(Value, Value)>) -> Self {
        debug_assert!(entries.is_sorted_by(|(left, _), (right, _)| left < right), "sorted, no key twice");
        Self(Arc::new(Entries(entries)))
    }

    pub(super) fn same_storage(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The entries, taken without a copy when no other clone holds them.
    pub(super) fn into_entries(mut self) -> Vec<(Value, Value)> {
        match Arc::get_mut(&mut self.0) {
            Some(entries) => std::mem::take(&mut entries.0),
            None => self.0.0.clone(),
        }
    }

    /// The keys and values, if no other clone holds them.
    pub(super) fn into_owned_values(self) -> Option<impl Iterator<Item = Value>> {
        let entries = Arc::into_inner(self.0).map(|mut entries| std::mem::take(&mut entries.0))?;
        Some(entries.into_iter().flat_map(|(key, value)| [key, value]))
    }

    fn find(&self, key: &Value) -> Result<usize, usize> {
        self.0.0.binary_search_by(|(candidate, _)| candidate.cmp(key))
    }
}

/// Of equal keys the first is kept and the last value.
impl FromIterator<(Value, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        // Documents and results mostly come in order.
        if !entries.is_sorted_by(|(left, _), (right, _)| left < right) {
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            entries.dedup_by(|(key, value), (kept_key, kept_value)| {
                let same = key == kept_key;
                if same {
                    std::mem::swap(value, kept_value);
                }
                same
            });
        }
        Self::from_sorted(entries)
    }
}

/// The entries of an [`Object`] in ascending order of keys.
#[derive(Debug, Clone)]
pub struct ObjectIter<'a>(slice::Iter<'a, (Value, Value)>);

impl<'a> Iterator for ObjectIter<'a> {
    type Item = (&'a Value, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for ObjectIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl ExactSizeIterator for ObjectIter<'_> {}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a Value, &'a Value);
    type IntoIter = ObjectIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::Object(self.clone()), formatter)
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        if self.0.iter().any(|(key, value)| key.is_container() || value.is_container()) {
            drop_all(std::mem::take(&mut self.0).into_iter().flat_map(|(key, value)| [key, value]));
        }
    }
}

/// Up to how many entries looking at one after the other is faster than a binary search, which has to compare whole keys.
const LOOKED_THROUGH: usize = 12;

fn compare_to_str(candidate: &Value, key: &str) -> Ordering {
    match candidate {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ordering::Less,
        Value::String(text) => text.as_ref().cmp(key),
        Value::Array(_) | Value::Object(_) | Value::Set(_) => Ordering::Greater,
    }
}
