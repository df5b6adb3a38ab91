//! Values: what policies read, compute and answer, with OPA's order, equality and text forms.

mod array;
mod compare;
mod difference;
mod drop;
mod json;
mod merge;
mod number;
mod object;
mod printable;
mod rego;
mod set;
mod text;

use std::fmt;
use std::sync::Arc;

pub use self::array::Array;
pub use self::difference::{Difference, differences};
pub(crate) use self::json::push_compact_string;
pub use self::json::{JsonStyle, json_string};
pub use self::merge::MergeConflictError;
pub(crate) use self::merge::{OnCollision, Pair, combine};
pub use self::number::{ArithmeticError, Integer, Number, NumberError};
pub use self::object::{Object, ObjectIter};
pub(crate) use self::printable::is_printable;
pub use self::rego::rego_string;
pub use self::set::{Set, SetIter};
use self::text::is_same_text;

/// How deep the readers of this crate let arrays and objects nest.
///
/// The number is that of Go's `encoding/json`, with which OPA reads its data. Every operation on a value is
/// iterative, so a deeper value made by other means is safe too.
pub const MAX_DEPTH: usize = 10_000;

/// A ground value: what JSON can say, and sets.
///
/// Values are immutable and cheap to clone. Equality and order are those of OPA's `ast.Compare`: null < false <
/// true < numbers < strings < arrays < objects < sets, numbers by numeric value (`1 == 1.0`), strings by bytes.
#[derive(Clone)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// An array.
    Array(Array),
    /// An object, whose keys may be any values.
    Object(Object),
    /// A set.
    Set(Set),
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// What the value is, with an article, for messages: `a string`, `an array`, `null`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Set(_) => "a set",
            Self::Object(_) => "an object",
        }
    }

    /// The name of the value's type, as Rego's `type_name` says it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::Set(_) => "set",
        }
    }

    /// The boolean, if the value is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if the value is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(value) = self { Some(value) } else { None }
    }

    /// The text, if the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    /// The array, if the value is one.
    pub fn as_array(&self) -> Option<&Array> {
        if let Self::Array(value) = self { Some(value) } else { None }
    }

    /// The object, if the value is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(value) = self { Some(value) } else { None }
    }

    /// The set, if the value is one.
    pub fn as_set(&self) -> Option<&Set> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }

    /// The value at `path`, one step per segment.
    ///
    /// A segment is a string key of an object, or the position of an element as OPA's store reads it: an integer in decimal
    /// digits, also with a plus sign, leading zeros, or zeros after a point.
    pub fn lookup<S: AsRef<str>>(&self, path: &[S]) -> Option<&Self> {
        path.iter().try_fold(self, |value, segment| {
            let segment = segment.as_ref();
            match value {
                Self::Object(object) => object.get_str(segment),
                Self::Array(array) => array.get(array_index(segment)?),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Set(_) => None,
            }
        })
    }

    /// The value as compact JSON, exactly as OPA writes results: sets as sorted arrays, keys that are no strings as
    /// their JSON text, object keys sorted by bytes, and `<`, `>`, `&` escaped as `\u003c` and so on.
    pub fn to_json(&self) -> String {
        self.to_json_with(JsonStyle::Compact)
    }

    /// The value as JSON in the given style.
    pub fn to_json_with(&self, style: JsonStyle) -> String {
        json::write(self, style)
    }

    /// The value as a Rego term, as `print` and `sprintf("%v")` show values inside of others:
    /// `{"a": {1, 2}, "b": set()}`. A string comes quoted.
    pub fn to_rego(&self) -> String {
        rego::write(self)
    }

    fn is_container(&self) -> bool {
        match self {
            Self::Array(_) | Self::Object(_) | Self::Set(_) => true,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_rego())
    }
}

/// As [`Value::to_rego`].
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_rego())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Self {
        Self::String(value)
    }
}

impl From<Array> for Value {
    fn from(value: Array) -> Self {
        Self::Array(value)
    }
}

impl From<Object> for Value {
    fn from(value: Object) -> Self {
        Self::Object(value)
    }
}

impl From<Set> for Value {
    fn from(value: Set) -> Self {
        Self::Set(value)
    }
}

/// The position that a segment of a path names, as OPA's store reads it: with a sign, zeros before it and after a point.
fn array_index(segment: &str) -> Option<usize> {
    let digits = segment.strip_prefix(['-', '+']).unwrap_or(segment);
    if digits.is_empty() || digits.len() > MAX_INDEX_DIGITS {
        return None;
    }
    let (whole, zeros) = digits.split_once('.').unwrap_or((digits, ""));
    let is_index = whole.bytes().all(|byte| byte.is_ascii_digit()) && zeros.bytes().all(|byte| byte == b'0');
    let index = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    (is_index && (index == 0 || !segment.starts_with('-'))).then_some(index)
}

/// More digits are no position for OPA, whatever their value.
const MAX_INDEX_DIGITS: usize = 19;

#[cfg(test)]
mod tests;
