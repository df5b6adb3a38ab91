//! JSON text whose fields stand in a chosen order, around values that keep the engine's own text.

use portcullis::value::{JsonStyle, Value, json_string};

/// A JSON document.
#[derive(Debug, Clone)]
pub(crate) enum Json<'a> {
    /// Fields in this order.
    Object(Vec<(&'a str, Json<'a>)>),
    /// Items in this order.
    Array(Vec<Json<'a>>),
    /// A value of the engine's.
    Value(&'a Value),
    /// A value that was made for the document.
    Owned(Value),
    /// A string.
    Text(&'a str),
    /// A whole number.
    Number(usize),
    /// A fraction, and as Go writes it.
    Float(f64),
    /// What is not known.
    Null,
}

impl Json<'_> {
    /// The document with two spaces of indentation, as Go's encoder writes it.
    pub(crate) fn pretty(&self) -> String {
        match self {
            Self::Object(fields) => {
                let field =
                    |(name, value): &(&str, Self)| format!("{}: {}", json_string(name), value.pretty());
                enclose('{', &fields.iter().map(field).collect::<Vec<_>>(), '}')
            }
            Self::Array(items) => enclose('[', &items.iter().map(Self::pretty).collect::<Vec<_>>(), ']'),
            Self::Owned(value) => value.to_json_with(JsonStyle::Pretty),
            Self::Value(value) => value.to_json_with(JsonStyle::Pretty),
            Self::Text(text) => json_string(text),
            Self::Number(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Null => "null".to_owned(),
        }
    }
}

impl Json<'_> {
    /// Appends the document without any space in it, as Go's encoder writes it.
    pub(crate) fn write_compact(&self, into: &mut String) {
        match self {
            Self::Object(fields) => {
                into.push('{');
                for (position, (name, value)) in fields.iter().enumerate() {
                    if position > 0 {
                        into.push(',');
                    }
                    into.push_str(&json_string(name));
                    into.push(':');
                    value.write_compact(into);
                }
                into.push('}');
            }
            Self::Array(items) => {
                into.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        into.push(',');
                    }
                    item.write_compact(into);
                }
                into.push(']');
            }
            Self::Owned(value) => into.push_str(&value.to_json()),
            Self::Value(value) => into.push_str(&value.to_json()),
            Self::Text(text) => into.push_str(&json_string(text)),
            Self::Number(number) => into.push_str(&number.to_string()),
            Self::Float(number) => into.push_str(&number.to_string()),
            Self::Null => into.push_str("null"),
        }
    }
}

/// Strings have their line breaks escaped, so each line break here is one of the layout.
fn enclose(open: char, items: &[String], close: char) -> String {
    if items.is_empty() {
        return format!("{open}{close}");
    }
    let inner = items.join(",\n").replace('\n', "\n  ");
    format!("{open}\n  {inner}\n{close}")
}
