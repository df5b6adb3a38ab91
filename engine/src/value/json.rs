//! Values as JSON text, in the exact form of Go's `encoding/json`.

use std::borrow::Cow;

use super::{Object, Value};

/// How JSON text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonStyle {
    /// No white space; `<`, `>` and `&` escaped. What `json.marshal` gives.
    Compact,
    /// Two spaces of indentation per level; `<`, `>` and `&` escaped. What `opa eval` prints.
    Pretty,
    /// No white space, and only those characters escaped that have to be. What bundle digests are made of.
    Plain,
}

/// `text` as a JSON string, quoted, with `<`, `>` and `&` escaped as OPA does in all of its output.
pub fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_string(&mut out, text, Html::Escape);
    out
}

/// The entries of an object as JSON has them: keys are their text, sorted by bytes, none twice.
pub(super) fn entries(object: &Object) -> Vec<(String, &Value)> {
    let entries = object.iter().map(|(key, value)| (key_text(key), value));
    sorted(entries).into_iter().map(|(key, value)| (key.into_owned(), value)).collect()
}

pub(super) fn write(value: &Value, style: JsonStyle) -> String {
    let (html, indent) = match style {
        JsonStyle::Compact => (Html::Escape, false),
        JsonStyle::Pretty => (Html::Escape, true),
        JsonStyle::Plain => (Html::Keep, false),
    };
    let out = String::with_capacity(least_length(value));
    let mut writer = Writer { out, open: Vec::new(), html, indent };
    writer.value(value);
    while let Some(next) = writer.open.last_mut().map(Open::next) {
        match next {
            Some((key, value, first)) => {
                if !first {
                    writer.out.push(',');
                }
                writer.new_line();
                if let Some(key) = key {
                    push_string(&mut writer.out, &key, html);
                    writer.out.push_str(if indent { ": " } else { ":" });
                }
                writer.value(value);
            }
            None => writer.close(),
        }
    }
    writer.out
}

/// About how many bytes a large value takes as text; nothing for one of a few parts, whose text may grow as it is written.
///
/// A text of many megabytes that doubles in size again and again costs more than a look at what it will be made of.
fn least_length(value: &Value) -> usize {
    let is_large = |value: &Value| match value {
        Value::Object(object) => object.len() > FEW,
        Value::Array(array) => array.len() > FEW,
        Value::Set(set) => set.as_slice().len() > FEW,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    let parts = value.as_object().is_some_and(|object| object.values().any(is_large));
    if !parts && !is_large(value) {
        return 0;
    }
    let mut length = 0_usize;
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        length = length.saturating_add(match value {
            Value::String(text) => text.len() + 3,
            Value::Null | Value::Bool(_) | Value::Number(_) => 5,
            Value::Array(array) => {
                pending.extend(array.iter());
                3
            }
            Value::Set(set) => {
                pending.extend(set.as_slice());
                3
            }
            Value::Object(object) => {
                pending.extend(object.iter().flat_map(|(key, value)| [key, value]));
                3 + object.len()
            }
        });
    }
    length
}

/// Up to how many parts a value is not worth a look.
const FEW: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Html {
    Escape,
    Keep,
}

struct Writer<'a> {
    out: String,
    open: Vec<Open<'a>>,
    html: Html,
    indent: bool,
}

impl<'a> Writer<'a> {
    /// Writes a scalar or an empty container; opens any other container.
    fn value(&mut self, value: &'a Value) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => self.out.push_str(&number.text()),
            Value::String(text) => push_string(&mut self.out, text, self.html),
            Value::Array(array) => self.list(array.iter()),
            Value::Set(set) => self.list(set.as_slice().iter()),
            Value::Object(object) if object.is_empty() => self.out.push_str("{}"),
            Value::Object(object) => {
                self.out.push('{');
                let entries = object.iter().map(|(key, value)| (key_text(key), value));
                self.open.push(Open { children: Children::Object(sorted(entries).into_iter()), first: true });
            }
        }
    }

    fn list(&mut self, values: std::slice::Iter<'a, Value>) {
        if values.len() == 0 {
            self.out.push_str("[]");
        } else {
            self.out.push('[');
            self.open.push(Open { children: Children::List(values), first: true });
        }
    }

    fn close(&mut self) {
        if let Some(closed) = self.open.pop() {
            self.new_line();
            self.out.push(match closed.children {
                Children::List(_) => ']',
                Children::Object(_) => '}',
            });
        }
    }

    fn new_line(&mut self) {
        if self.indent {
            self.out.push('\n');
            self.out.extend(self.open.iter().map(|_| "  "));
        }
    }
}

/// A container whose bracket is written and whose content is not, or not all.
struct Open<'a> {
    children: Children<'a>,
    first: bool,
}

enum Children<'a> {
    List(std::slice::Iter<'a, Value>),
    Object(std::vec::IntoIter<(Cow<'a, str>, &'a Value)>),
}

impl<'a> Open<'a> {
    /// The next key, if the container has any, and value; and whether they are the first.
    fn next(&mut self) -> Option<(Option<Cow<'a, str>>, &'a Value, bool)> {
        let (key, value) = match &mut self.children {
            Children::List(values) => (None, values.next()?),
            Children::Object(entries) => entries.next().map(|(key, value)| (Some(key), value))?,
        };
        Some((key, value, std::mem::take(&mut self.first)))
    }
}

/// The entries by the bytes of their keys' text. When two keys have the same text (`1` and `"1"`) the last one stays.
fn sorted<'a>(entries: impl Iterator<Item = (Cow<'a, str>, &'a Value)>) -> Vec<(Cow<'a, str>, &'a Value)> {
    let mut entries: Vec<_> = entries.collect();
    if !entries.is_sorted_by(|(left, _), (right, _)| left < right) {
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        entries.dedup_by(|(key, value), (kept_key, kept_value)| {
            let same = key == kept_key;
            if same {
                *kept_value = value;
            }
            same
        });
    }
    entries
}

fn key_text(key: &Value) -> Cow<'_, str> {
    match key {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => number.text(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Set(_) => {
            // Go encodes these keys with HTML escapes, whatever the style of the whole.
            Cow::Owned(write(key, JsonStyle::Compact))
        }
    }
}

/// Appends a string with its quotes, in the style of [`JsonStyle::Compact`].
pub(crate) fn push_compact_string(out: &mut String, text: &str) {
    push_string(out, text, Html::Escape);
}

fn push_string(out: &mut String, text: &str, html: Html) {
    out.push('"');
    let mut rest = text;
    while let Some((plain, from)) =
        rest.bytes().position(is_rarely_plain).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        let mut chars = from.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(char @ ('\0'..='\u{1f}' | '\u{2028}' | '\u{2029}')) => push_escape(out, char),
            Some(char @ ('<' | '>' | '&')) if html == Html::Escape => push_escape(out, char),
            other => out.extend(other),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a byte starts a character that may have to be escaped; it is the first one of a character, as all bytes before it
/// were plain or belong to characters that are.
fn is_rarely_plain(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f | b'<' | b'>' | b'&' | SEPARATOR_START)
}

/// The first byte in UTF-8 of U+2028 and U+2029, which are line breaks to JavaScript and so escaped by Go.
const SEPARATOR_START: u8 = 0xe2;

/// Pushes `\u` and four hexadecimal digits, which `char` must fit in.
fn push_escape(out: &mut String, char: char) {
    let code = u32::from(char);
    out.push_str("\\u");
    out.extend([12, 8, 4, 0].into_iter().filter_map(|shift| char::from_digit((code >> shift) & 0xf, 16)));
}
