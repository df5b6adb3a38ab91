//! Sets: values without order or repetition.

use std::fmt;
use std::slice;
use std::sync::Arc;

use super::Value;
use super::drop::drop_all;

/// A set; cheap to clone. Iterates in OPA's order of values.
#[derive(Clone, Default)]
pub struct Set(Arc<Items>);

/// Sorted, without repetition.
#[derive(Clone, Default)]
struct Items(Vec<Value>);

impl Set {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The elements in ascending order.
    pub fn iter(&self) -> SetIter<'_> {
        SetIter(self.0.0.iter())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// Whether the set holds a value equal to `value`.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.0.binary_search(value).is_ok()
    }

    /// The element equal to `value`, which may be written otherwise (`1` and `1.0`).
    pub fn get(&self, value: &Value) -> Option<&Value> {
        let index = self.0.0.binary_search(value).ok()?;
        self.0.0.get(index)
    }

    /// Adds a value unless an equal one is there, and says whether it was added. Other clones keep what they have.
    pub fn insert(&mut self, value: Value) -> bool {
        match self.0.0.binary_search(&value) {
            Ok(_) => false,
            Err(index) => {
                Arc::make_mut(&mut self.0).0.insert(index, value);
                true
            }
        }
    }

    /// Takes the value equal to `value` out, and says whether there was one. Other clones keep what they have.
    pub fn remove(&mut self, value: &Value) -> bool {
        match self.0.0.binary_search(value) {
            Ok(index) => {
                Arc::make_mut(&mut self.0).0.remove(index);
                true
            }
            Err(_) => false,
        }
    }

    pub(crate) fn as_slice(&self) -> &[Value] {
        &self.0.0
    }

    pub(super) fn same_storage(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The elements, if no other clone holds them.
    pub(super) fn into_owned_values(self) -> Option<Vec<Value>> {
        Arc::into_inner(self.0).map(|mut items| std::mem::take(&mut items.0))
    }
}

/// Of equal values the first is kept, as OPA does.
impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort();
        values.dedup();
        Self(Arc::new(Items(values)))
    }
}

/// The elements of a [`Set`] in ascending order.
#[derive(Debug, Clone)]
pub struct SetIter<'a>(slice::Iter<'a, Value>);

impl<'a> Iterator for SetIter<'a> {
    type Item = &'a Value;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for SetIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl ExactSizeIterator for SetIter<'_> {}

impl<'a> IntoIterator for &'a Set {
    type Item = &'a Value;
    type IntoIter = SetIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::Set(self.clone()), formatter)
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(Value::is_container) {
            drop_all(std::mem::take(&mut self.0));
        }
    }
}
