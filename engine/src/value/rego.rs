//! Values as Rego terms, in the form that OPA's `print` and `sprintf("%v")` show.

use super::printable::is_printable;
use super::{ObjectIter, Value};

/// `text` as a Rego string: quoted and escaped as Go's `strconv.Quote` does.
pub fn rego_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    push(&mut out, &mut open, value);
    while let Some(innermost) = open.last_mut() {
        match innermost.advance(&mut out) {
            Some(child) => push(&mut out, &mut open, child),
            None => {
                open.pop();
            }
        }
    }
    out
}

/// A container whose opening bracket is written and whose content is not, or not all.
enum Open<'a> {
    List { values: std::slice::Iter<'a, Value>, close: char, first: bool },
    Object { entries: ObjectIter<'a>, value: Option<&'a Value>, first: bool },
}

impl<'a> Open<'a> {
    /// Writes what stands before the next value, which it gives back, or the closing bracket.
    fn advance(&mut self, out: &mut String) -> Option<&'a Value> {
        let (first, next, close) = match self {
            Self::List { values, close, first } => (first, values.next(), *close),
            Self::Object { entries, value, first } => {
                if let Some(value) = value.take() {
                    out.push_str(": ");
                    return Some(value);
                }
                let next = entries.next().map(|(key, its_value)| {
                    *value = Some(its_value);
                    key
                });
                (first, next, '}')
            }
        };
        if next.is_none() {
            out.push(close);
        } else if !std::mem::take(first) {
            out.push_str(", ");
        }
        next
    }
}

/// Writes a scalar or an empty container; opens any other container.
fn push<'a>(out: &mut String, open: &mut Vec<Open<'a>>, value: &'a Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.text()),
        Value::String(text) => push_string(out, text),
        Value::Array(array) => {
            out.push('[');
            open.push(Open::List { values: array.iter(), close: ']', first: true });
        }
        Value::Object(object) => {
            out.push('{');
            open.push(Open::Object { entries: object.iter(), value: None, first: true });
        }
        Value::Set(set) if set.is_empty() => out.push_str("set()"),
        Value::Set(set) => {
            out.push('{');
            open.push(Open::List { values: set.as_slice().iter(), close: '}', first: true });
        }
    }
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            char if is_printable(char) => out.push(char),
            char if char.is_ascii() => push_escape(out, 'x', char, 2),
            '\0'..='\u{ffff}' => push_escape(out, 'u', char, 4),
            _ => push_escape(out, 'U', char, 8),
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, mark: char, char: char, digits: u32) {
    let code = u32::from(char);
    out.push('\\');
    out.push(mark);
    out.extend((0..digits).rev().filter_map(|digit| char::from_digit((code >> (4 * digit)) & 0xf, 16)));
}
