//! Constants that types speak of: the keys of objects and the positions of arrays.

use std::cmp::Ordering;
use std::fmt;

use super::Type;
use crate::syntax::display::quoted;
use crate::syntax::tree::{Name, Term, TermKind};
use crate::value::{Number, Value};

/// A constant without sets: OPA turns sets into arrays before it looks at their types.
#[derive(Debug, Clone)]
pub enum Key {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(Name),
    /// A string.
    String(Name),
    /// The elements of an array or, sorted, of a set.
    Array(Vec<Key>),
    /// The fields of an object, sorted by name; names that are no strings are JSON texts.
    Object(Vec<(Name, Key)>),
}

impl Key {
    /// The constant as a value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Number(text) => Number::parse(text.as_str()).map_or(Value::Null, Value::from),
            Self::String(text) => Value::from(text.as_str()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(fields) => {
                let fields =
                    fields.iter().map(|(name, value)| (Value::from(name.as_str()), value.to_value()));
                Value::Object(fields.collect())
            }
        }
    }

    /// The constant that a term is; none when a variable, a reference, a call or a comprehension is part of it.
    pub fn of_term(term: &Term) -> Option<Self> {
        match &term.kind {
            TermKind::Null => Some(Self::Null),
            TermKind::Boolean(value) => Some(Self::Boolean(*value)),
            TermKind::Number(text) => Some(Self::Number(text.clone())),
            TermKind::String(text) => Some(Self::String(text.clone())),
            TermKind::Array(terms) => terms.iter().map(Self::of_term).collect::<Option<_>>().map(Self::Array),
            TermKind::Set(terms) => {
                let mut keys = terms.iter().map(Self::of_term).collect::<Option<Vec<_>>>()?;
                keys.sort();
                keys.dedup();
                Some(Self::Array(keys))
            }
            TermKind::Object(pairs) => {
                let mut fields: Vec<(Name, Self)> = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let name = match Self::of_term(key)? {
                        Self::String(name) => name,
                        other @ (Self::Null
                        | Self::Boolean(_)
                        | Self::Number(_)
                        | Self::Array(_)
                        | Self::Object(_)) => Name::from(other.json()),
                    };
                    let value = Self::of_term(value)?;
                    fields.retain(|(earlier, _)| *earlier != name);
                    fields.push((name, value));
                }
                fields.sort_by(|left, right| left.0.cmp(&right.0));
                Some(Self::Object(fields))
            }
            TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => None,
        }
    }

    /// Whether [`of_term`](Self::of_term) finds a constant.
    pub(super) fn is_term(term: &Term) -> bool {
        match &term.kind {
            TermKind::Null | TermKind::Boolean(_) | TermKind::Number(_) | TermKind::String(_) => true,
            TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(Self::is_term),
            TermKind::Object(pairs) => {
                pairs.iter().all(|(key, value)| Self::is_term(key) && Self::is_term(value))
            }
            TermKind::Template(_)
            | TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Comprehension(_)
            | TermKind::Call(_) => false,
        }
    }

    /// The type of the constant.
    pub fn type_of(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Boolean(_) => Type::Boolean,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            Self::Array(keys) => Type::array(keys.iter().map(|key| Some(key.type_of())).collect(), None),
            Self::Object(fields) => {
                let fields =
                    fields.iter().map(|(name, key)| (Self::String(name.clone()), Some(key.type_of())));
                Type::object(fields.collect(), None)
            }
        }
    }

    /// The position in an array; none unless the number is written as a whole one, of which `-0` is one too.
    pub(super) fn position(&self) -> Option<usize> {
        match self {
            Self::Number(text) => usize::try_from(text.parse::<i64>().ok()?).ok(),
            Self::Null | Self::Boolean(_) | Self::String(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// The constant as Rego writes it.
    pub fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Number(text) => text.to_string(),
            Self::String(text) => quoted(text),
            Self::Array(keys) => format!("[{}]", keys.iter().map(Self::json).collect::<Vec<_>>().join(", ")),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, key)| format!("{}: {}", quoted(name), key.json()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }
}

/// As types print it: Go's notation, in which strings have no quotes.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("<nil>"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Number(text) | Self::String(text) => text.fmt(formatter),
            Self::Array(keys) => {
                formatter.write_str("[")?;
                for (at, key) in keys.iter().enumerate() {
                    write!(formatter, "{}{key}", if at == 0 { "" } else { " " })?;
                }
                formatter.write_str("]")
            }
            Self::Object(fields) => {
                formatter.write_str("map[")?;
                for (at, (name, key)) in fields.iter().enumerate() {
                    write!(formatter, "{}{name}:{key}", if at == 0 { "" } else { " " })?;
                }
                formatter.write_str("]")
            }
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => compare_numbers(left, right),
            (Self::String(left), Self::String(right)) => left.cmp(right),
            (Self::Array(left), Self::Array(right)) => left.cmp(right),
            (Self::Object(left), Self::Object(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

/// Whole numbers exactly, others as floating point.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return left.cmp(&right);
    }
    let value = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    value(left).partial_cmp(&value(right)).unwrap_or(Ordering::Equal)
}
