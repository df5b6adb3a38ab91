//! The arguments of a format, as the types of Go that OPA makes of values.

use super::directive::Directive;
use super::{float, integer, text};
use crate::value::{Integer, Value};

/// An argument.
#[derive(Debug)]
pub(super) enum Argument<'a> {
    /// A whole number of 64 bits.
    Int(i64),
    /// A larger whole number.
    Big(Integer),
    /// A number that is written with a dot or an exponent.
    Float(f64),
    /// A string, or the text of any other value.
    Text(std::borrow::Cow<'a, str>),
}

impl<'a> Argument<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text((&**text).into()),
            Value::Number(number) => {
                if let Some(small) = number.as_i64() {
                    return Self::Int(small);
                }
                if let Some(big) = number.written_integer() {
                    return Self::Big(big);
                }
                let nearest = number.to_f64();
                if nearest.is_finite() { Self::Float(nearest) } else { Self::Text(number.text()) }
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => {
                Self::Text(value.to_rego().into())
            }
        }
    }

    /// The name of the type in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "int64",
            Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    /// Writes the argument as the directive wants it, or a complaint if it doesn't fit.
    pub(super) fn write(&self, out: &mut String, directive: &Directive) {
        if directive.verb == 'T' {
            return text::write_plain(out, self.type_name(), directive);
        }
        let written = match self {
            Self::Int(value) => integer::write(out, *value, directive),
            Self::Big(value) => integer::write_big(out, value, directive),
            Self::Float(value) => float::write(out, *value, directive),
            Self::Text(value) => text::write(out, value, directive),
        };
        if written == Written::No {
            self.complain(out, directive);
        }
    }

    fn complain(&self, out: &mut String, directive: &Directive) {
        out.push_str("%!");
        out.push(directive.verb);
        out.push('(');
        // A big integer writes its complaint itself, and without the width.
        let (name, directive) = match self {
            Self::Big(_) => ("big.Int", Directive::plain('v')),
            Self::Int(_) | Self::Float(_) | Self::Text(_) => {
                (self.type_name(), Directive { verb: 'v', ..*directive })
            }
        };
        out.push_str(name);
        out.push('=');
        let shown = match self {
            Self::Int(value) => integer::write(out, *value, &directive),
            Self::Big(value) => integer::write_big(out, value, &directive),
            Self::Float(value) => float::write(out, *value, &directive),
            Self::Text(value) => text::write(out, value, &directive),
        };
        debug_assert_eq!(shown, Written::Yes, "every type has a default form");
        out.push(')');
    }
}

/// Whether a verb fits the type of the argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    No,
}
