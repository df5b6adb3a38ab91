//! Arrays: sequences of values.

use std::fmt;
use std::slice;
use std::sync::Arc;

use super::Value;
use super::drop::drop_all;

/// An array; cheap to clone.
#[derive(Clone, Default)]
pub struct Array(Arc<Items>);

#[derive(Clone, Default)]
struct Items(Vec<Value>);

impl Array {
    /// The empty array.
    pub fn new() -> Self {
        Self::default()
    }

    /// The elements in order.
    pub fn iter(&self) -> slice::Iter<'_, Value> {
        self.0.0.iter()
    }

    /// The elements as a slice.
    pub fn as_slice(&self) -> &[Value] {
        &self.0.0
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// The element at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.0.0.get(index)
    }

    /// The element at the position that a value denotes, as OPA reads positions: `1.0` is one and `1e0` isn't.
    pub fn at(&self, position: &Value) -> Option<&Value> {
        self.get(usize::try_from(position.as_number()?.small_integer()?).ok()?)
    }

    /// Appends an element. Other clones of this array keep what they have.
    pub fn push(&mut self, value: Value) {
        Arc::make_mut(&mut self.0).0.push(value);
    }

    pub(super) fn same_storage(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The elements, if no other clone holds them.
    pub(super) fn into_owned_values(self) -> Option<Vec<Value>> {
        Arc::into_inner(self.0).map(|mut items| std::mem::take(&mut items.0))
    }
}

impl FromIterator<Value> for Array {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        Self::from(values.into_iter().collect::<Vec<_>>())
    }
}

impl From<Vec<Value>> for Array {
    fn from(values: Vec<Value>) -> Self {
        Self(Arc::new(Items(values)))
    }
}

impl<'a> IntoIterator for &'a Array {
    type Item = &'a Value;
    type IntoIter = slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::Array(self.clone()), formatter)
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(Value::is_container) {
            drop_all(std::mem::take(&mut self.0));
        }
    }
}
