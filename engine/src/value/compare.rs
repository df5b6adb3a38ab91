//! Order, equality and hash of values, without recursion.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::slice;
use std::sync::Arc;

use super::{Array, Object, ObjectIter, Set, Value, is_same_text};

impl PartialEq for Value {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Texts of different lengths differ without a look at them, and constants share their text.
            (Self::String(left), Self::String(right)) => {
                Arc::ptr_eq(left, right) || is_same_text(left, right)
            }
            (Self::Number(left), Self::Number(right)) => left == right,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            _ => rank(self) == rank(other) && self.cmp(other).is_eq(),
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// OPA's order: by type, then by content. Arrays and sets compare element by element and objects key by key, each key's
/// value before the next key; when one runs out it is the smaller.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match shallow(self, other) {
            Step::Decided(ordering) => ordering,
            Step::Descend(left, right) => deep(left, right),
        }
    }
}

impl Value {
    /// Whether values are equal and are written in the same way: `1` and `1.0` are equal and are not.
    pub(crate) fn is_written_like(&self, other: &Self) -> bool {
        let mut open = Vec::new();
        let mut pair = Some((self, other));
        loop {
            let Some((left, right)) = pair else {
                let Some((lefts, rights)): Option<&mut (Children<'_>, Children<'_>)> = open.last_mut() else {
                    return true;
                };
                pair = lefts.next().zip(rights.next());
                if pair.is_none() {
                    open.pop();
                }
                continue;
            };
            pair = None;
            match (left, right) {
                (Self::Number(left), Self::Number(right)) if left.text() == right.text() => {}
                (Self::Array(left), Self::Array(right)) if left.len() == right.len() => {
                    if !left.same_storage(right) {
                        open.push((Children::array(left), Children::array(right)));
                    }
                }
                (Self::Object(left), Self::Object(right)) if left.len() == right.len() => {
                    if !left.same_storage(right) {
                        open.push((Children::object(left), Children::object(right)));
                    }
                }
                (Self::Set(left), Self::Set(right)) if left.len() == right.len() => {
                    if !left.same_storage(right) {
                        open.push((Children::set(left), Children::set(right)));
                    }
                }
                (
                    Self::Number(_) | Self::Array(_) | Self::Object(_) | Self::Set(_),
                    Self::Number(_) | Self::Array(_) | Self::Object(_) | Self::Set(_),
                ) => return false,
                (left, right) if left == right => {}
                _ => return false,
            }
        }
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if !self.is_container() {
            return hash_shallow(self, state);
        }
        // Containers that are still to be hashed; what is no container is hashed where it is met.
        let mut pending = vec![self];
        while let Some(value) = pending.pop() {
            hash_shallow(value, state);
            let mut add = |child| {
                if Self::is_container(child) {
                    pending.push(child);
                } else {
                    hash_shallow(child, state);
                }
            };
            match value {
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
                Self::Array(array) => array.iter().for_each(add),
                Self::Set(set) => set.iter().for_each(add),
                Self::Object(object) => {
                    for (key, value) in object {
                        add(key);
                        add(value);
                    }
                }
            }
        }
    }
}

/// Hashes all of a value but what is inside of it.
fn hash_shallow<H: Hasher>(value: &Value, state: &mut H) {
    state.write_u8(rank(value));
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(state),
        Value::Number(number) => number.hash(state),
        Value::String(text) => text.hash(state),
        Value::Array(array) => array.len().hash(state),
        Value::Object(object) => object.len().hash(state),
        Value::Set(set) => set.len().hash(state),
    }
}

macro_rules! order_by_content {
    ($container:ty, $children:expr) => {
        impl PartialEq for $container {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl Eq for $container {}

        impl PartialOrd for $container {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $container {
            fn cmp(&self, other: &Self) -> Ordering {
                let same = self.same_storage(other);
                if same { Ordering::Equal } else { deep($children(self), $children(other)) }
            }
        }
    };
}

order_by_content!(Array, Children::array);
order_by_content!(Object, Children::object);
order_by_content!(Set, Children::set);

/// The values inside a container, in the order in which they are compared.
enum Children<'a> {
    List(slice::Iter<'a, Value>),
    /// The rest of the entries, and the value of the key that was given out last.
    Object(ObjectIter<'a>, Option<&'a Value>),
}

impl<'a> Children<'a> {
    fn array(array: &'a Array) -> Self {
        Self::List(array.iter())
    }

    fn object(object: &'a Object) -> Self {
        Self::Object(object.iter(), None)
    }

    fn set(set: &'a Set) -> Self {
        Self::List(set.as_slice().iter())
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = &'a Value;

    fn next(&mut self) -> Option<&'a Value> {
        match self {
            Self::List(values) => values.next(),
            Self::Object(entries, value) => value.take().or_else(|| {
                let (key, its_value) = entries.next()?;
                *value = Some(its_value);
                Some(key)
            }),
        }
    }
}

enum Step<'a> {
    Decided(Ordering),
    Descend(Children<'a>, Children<'a>),
}

/// Compares all but the content of two containers of the same type.
fn shallow<'a>(left: &'a Value, right: &'a Value) -> Step<'a> {
    let decided = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) if !left.same_storage(right) => {
            return Step::Descend(Children::array(left), Children::array(right));
        }
        (Value::Object(left), Value::Object(right)) if !left.same_storage(right) => {
            return Step::Descend(Children::object(left), Children::object(right));
        }
        (Value::Set(left), Value::Set(right)) if !left.same_storage(right) => {
            return Step::Descend(Children::set(left), Children::set(right));
        }
        _ => rank(left).cmp(&rank(right)),
    };
    Step::Decided(decided)
}

fn deep<'a>(mut left: Children<'a>, mut right: Children<'a>) -> Ordering {
    let mut outer = Vec::new();
    loop {
        let step = match (left.next(), right.next()) {
            (Some(left), Some(right)) => shallow(left, right),
            (Some(_), None) => return Ordering::Greater,
            (None, Some(_)) => return Ordering::Less,
            (None, None) => match outer.pop() {
                Some(resumed) => {
                    (left, right) = resumed;
                    continue;
                }
                None => return Ordering::Equal,
            },
        };
        match step {
            Step::Decided(Ordering::Equal) => {}
            Step::Decided(ordering) => return ordering,
            Step::Descend(inner_left, inner_right) => {
                let resumed =
                    (std::mem::replace(&mut left, inner_left), std::mem::replace(&mut right, inner_right));
                outer.push(resumed);
            }
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
        Value::Set(_) => 6,
    }
}
