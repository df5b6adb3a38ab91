//! Writes values as YAML in block style, as go.yaml.in/yaml/v3 does for `yaml.marshal`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use super::scalar::{Scalar, implicit};
use super::timestamp::is_timestamp;
use crate::value::{Value, json_string};

/// The YAML text of a value, with a line break at its end. Sets become sorted arrays and keys their JSON text.
///
/// # Errors
/// What Go's YAML reader refuses, through which OPA sends the value's JSON text first.
pub(super) fn write(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), open: Vec::new() };
    writer.value(value, Position::Root)?;
    while let Some(open) = writer.open.last_mut() {
        let indent = open.indent;
        match &mut open.children {
            Children::List(values) => match values.next() {
                Some(value) => {
                    let continues = std::mem::take(&mut open.continues);
                    writer.start_line(indent, continues);
                    writer.out.push('-');
                    writer.value(value, Position::Element(indent))?;
                }
                None => drop(writer.open.pop()),
            },
            Children::Entries(entries) => match entries.next() {
                Some((key, value)) => {
                    let continues = std::mem::take(&mut open.continues);
                    writer.start_line(indent, continues);
                    let position = writer.key(&key, indent);
                    writer.value(value, position)?;
                }
                None => drop(writer.open.pop()),
            },
        }
        if writer.out.len() > MAX_LENGTH {
            return Err("result is too long".to_owned());
        }
    }
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    Ok(writer.out)
}

struct Writer<'a> {
    out: String,
    open: Vec<Open<'a>>,
}

/// A collection that is not written to its end.
struct Open<'a> {
    children: Children<'a>,
    indent: usize,
    /// Whether its first child stands on the line that is begun.
    continues: bool,
}

enum Children<'a> {
    List(std::slice::Iter<'a, Value>),
    Entries(std::vec::IntoIter<(String, &'a Value)>),
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
enum Position {
    Root,
    /// After the `-` of a list that is indented so far, or after the `:` of a key that has a line of its own.
    Element(usize),
    /// After the key of an object that is indented so far.
    Entry(usize),
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value, position: Position) -> Result<(), String> {
        let children = match value {
            Value::Array(array) if !array.is_empty() => Children::List(array.iter()),
            Value::Set(set) if !set.is_empty() => Children::List(set.as_slice().iter()),
            Value::Object(object) if !object.is_empty() => Children::Entries(entries(object)?.into_iter()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Set(_)
            | Value::Object(_) => return self.leaf(value, position),
        };
        let (indent, continues) = match position {
            Position::Root => (0, true),
            Position::Element(indent) => (indent + INDENT, true),
            Position::Entry(indent) => (indent + INDENT, false),
        };
        if self.open.len() >= MAX_DEPTH {
            return Err("yaml: exceeded max depth of 10000".to_owned());
        }
        self.space(if continues { position } else { Position::Root });
        self.open.push(Open { children, indent, continues });
        Ok(())
    }

    fn leaf(&mut self, value: &Value, position: Position) -> Result<(), String> {
        self.space(position);
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => match implicit(&number.text()) {
                Scalar::Integer(integer) => self.out.push_str(&integer.to_string()),
                Scalar::Float(float) => self.out.push_str(&shortest(float)),
                // Too large for a double, so Go takes it for a string, which needs no quotes.
                Scalar::Null | Scalar::Bool(_) | Scalar::String(_) | Scalar::Merge => {
                    self.out.push_str(&number.text());
                }
            },
            Value::String(text) => {
                let text = as_read(text)?;
                let indent = match position {
                    Position::Root => INDENT,
                    Position::Element(indent) | Position::Entry(indent) => indent + INDENT,
                };
                self.string(&text, indent, Context::Value);
            }
            Value::Array(_) | Value::Set(_) => self.out.push_str("[]"),
            Value::Object(_) => self.out.push_str("{}"),
        }
        Ok(())
    }

    /// Writes a key and the colon after it, and says where its value stands.
    fn key(&mut self, key: &str, indent: usize) -> Position {
        if key.len() <= MAX_KEY && !key.contains(is_break) {
            self.string(key, indent + INDENT, Context::Key);
            self.out.push(':');
            return Position::Entry(indent);
        }
        self.out.push_str("? ");
        self.string(key, indent + INDENT, Context::Value);
        self.start_line(indent, false);
        self.out.push(':');
        Position::Element(indent)
    }

    fn string(&mut self, text: &str, indent: usize, context: Context) {
        let shape = Shape::of(text);
        let is_word = matches!(implicit(text), Scalar::String(_))
            && !is_old_boolean(text)
            && !is_base_60(text)
            && !is_timestamp(text);
        if text.contains('\n') && shape.block && context == Context::Value {
            self.literal(text, indent);
        } else if text.contains('\n') || !is_word {
            self.double_quoted(text);
        } else if shape.plain {
            self.out.push_str(text);
        } else if shape.single_quoted {
            self.single_quoted(text, indent);
        } else {
            self.double_quoted(text);
        }
    }

    /// Writes a text that may hold the line breaks of Unicode.
    fn single_quoted(&mut self, text: &str, indent: usize) {
        self.out.push('\'');
        let mut after_break = false;
        for char in text.chars() {
            if after_break && !is_break(char) {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            after_break = is_break(char);
            self.out.push(char);
            if char == '\'' {
                self.out.push('\'');
            }
        }
        self.out.push('\'');
    }

    /// Writes a text line by line.
    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.out.push_str(&INDENT.to_string());
        }
        let last_two = text.chars().rev().take(2).collect::<Vec<_>>();
        match last_two.as_slice() {
            [last, ..] if !is_break(*last) => self.out.push('-'),
            [_, before] if !is_break(*before) => {}
            _ => self.out.push('+'),
        }
        self.out.push('\n');
        let mut starts = true;
        for char in text.chars() {
            if !is_break(char) && std::mem::take(&mut starts) {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            starts |= is_break(char);
            self.out.push(char);
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.out.push('"');
        // Go looks for a byte order mark at the start only, and then escapes everything.
        let marked = text.starts_with('\u{feff}');
        for char in text.chars() {
            if is_printable(char) && !is_break(char) && !matches!(char, '"' | '\\') && !marked {
                self.out.push(char);
                continue;
            }
            self.out.push('\\');
            match char {
                '\0' => self.out.push('0'),
                '\u{7}' => self.out.push('a'),
                '\u{8}' => self.out.push('b'),
                '\t' => self.out.push('t'),
                '\n' => self.out.push('n'),
                '\u{b}' => self.out.push('v'),
                '\u{c}' => self.out.push('f'),
                '\r' => self.out.push('r'),
                '\u{1b}' => self.out.push('e'),
                '"' | '\\' => self.out.push(char),
                '\u{85}' => self.out.push('N'),
                '\u{a0}' => self.out.push('_'),
                '\u{2028}' => self.out.push('L'),
                '\u{2029}' => self.out.push('P'),
                '\0'..='\u{ff}' => self.escape('x', 2, char),
                '\0'..='\u{ffff}' => self.escape('u', 4, char),
                _ => self.escape('U', 8, char),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, mark: char, width: usize, char: char) {
        let _ = write!(self.out, "{mark}{:0width$X}", u32::from(char));
    }

    fn start_line(&mut self, indent: usize, continues: bool) {
        if continues {
            return;
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn space(&mut self, position: Position) {
        match position {
            Position::Root => {}
            Position::Element(_) | Position::Entry(_) => self.out.push(' '),
        }
    }
}

/// Whether a string stands where it may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Key,
    Value,
}

/// The ways in which a string can be written.
struct Shape {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let is_space = |char: Option<char>| char == Some(' ');
        let ends_word = |char: Option<char>| char.is_none_or(|char| matches!(char, ' ' | '\t'));
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let (mut break_space, mut space_break) = (false, false);
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let after = chars.peek().copied();
            indicators |= match char {
                '#' => before.is_none_or(|char| matches!(char, ' ' | '\t' | '\0') || is_break(char)),
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    before.is_none()
                }
                ':' => ends_word(after),
                '?' | '-' => before.is_none() && ends_word(after),
                _ => false,
            };
            special |= char != '\t' && !is_printable(char);
            break_space |= char == ' ' && before.is_some_and(is_break);
            space_break |= is_break(char) && is_space(before);
            before = Some(char);
        }
        let edges = [text.chars().next(), text.chars().next_back()];
        let loose = edges.into_iter().flatten().any(|char| char == ' ' || is_break(char));
        let single_quoted = !break_space && !space_break && !special && !text.contains('\t');
        Self {
            plain: single_quoted && !indicators && !loose && !text.contains(is_break),
            single_quoted,
            block: !text.is_empty() && !text.ends_with(' ') && !space_break && !special,
        }
    }
}

/// The entries with their keys as text, in the order in which Go's YAML writer sorts keys.
fn entries(object: &crate::value::Object) -> Result<Vec<(String, &Value)>, String> {
    let mut entries = object.json_entries();
    for (key, _) in &mut entries {
        if key.contains(NEXT_LINE) {
            return Err("yaml: line 1: did not find expected ',' or '}'".to_owned());
        }
        if let Cow::Owned(read) = as_read(key)? {
            *key = read;
        }
        if json_string(key).chars().count() > MAX_READ_KEY {
            return Err("yaml: did not find expected ',' or '}'".to_owned());
        }
    }
    entries.sort_by(|(left, _), (right, _)| natural_order(left, right));
    Ok(entries)
}

/// Letters after other characters, and runs of digits by their number.
fn natural_order(left: &str, right: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let rest = |chars: &[char]| chars.get(same..).unwrap_or_default().to_vec();
    let (left_rest, right_rest) = (rest(&left), rest(&right));
    let (Some(first), Some(second)) = (left_rest.first(), right_rest.first()) else {
        return left.len().cmp(&right.len());
    };
    let before = left.get(..same).unwrap_or_default();
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(second),
        (false, false) => {}
        (is_letter, _) => {
            let after_digit = before.last().is_some_and(|char| char.is_numeric());
            return if is_letter == after_digit { Ordering::Less } else { Ordering::Greater };
        }
    }
    let digits_before = before.iter().rev().take_while(|char| char.is_numeric());
    let zeros_count = (*first == '0' || *second == '0') && digits_before.into_iter().any(|char| *char != '0');
    let number = |chars: &[char]| {
        let digits = chars.iter().take_while(|char| char.is_numeric());
        digits.fold((i64::from(zeros_count), 0_usize), |(number, length), digit| {
            let value = i64::from(u32::from(*digit)) - i64::from(u32::from('0'));
            (number.wrapping_mul(10).wrapping_add(value), length + 1)
        })
    };
    number(&left_rest).cmp(&number(&right_rest)).then(first.cmp(second))
}

/// A string as it comes out of Go's YAML reader, to which it goes as JSON. The reader refuses some characters that
/// JSON doesn't escape, and takes one of them for a line break, which it folds.
fn as_read(text: &str) -> Result<Cow<'_, str>, String> {
    let refused =
        |char: char| matches!(char, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(refused) {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    if !text.contains(NEXT_LINE) {
        return Ok(Cow::Borrowed(text));
    }
    let mut folded = String::with_capacity(text.len());
    let mut breaks = 0;
    let last = text.matches(NEXT_LINE).count();
    for (at, line) in text.split(NEXT_LINE).enumerate() {
        let is_last = at == last;
        let line = if at == 0 { line } else { line.trim_start_matches(' ') };
        let line = if is_last { line } else { line.trim_end_matches(' ') };
        breaks += usize::from(at > 0);
        if !line.is_empty() || is_last {
            match breaks {
                0 => {}
                1 => folded.push(' '),
                _ => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
            }
            breaks = 0;
        }
        folded.push_str(line);
    }
    Ok(Cow::Owned(folded))
}

/// The words of YAML 1.1 for booleans, which other readers might take for one.
fn is_old_boolean(text: &str) -> bool {
    ["y", "yes", "on", "n", "no", "off"].iter().any(|word| {
        let capital = || word.chars().next().map(|first| first.to_ascii_uppercase());
        text == *word
            || text == word.to_ascii_uppercase()
            || text
                .strip_prefix(|first| Some(first) == capital())
                .is_some_and(|rest| word.get(1..) == Some(rest))
    })
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: how YAML 1.1 writes numbers to the base 60.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let is_part = |part: &str| match part.as_bytes() {
        [digit] | [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    };
    whole.contains(':')
        && first.starts_with(|first: char| first.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && parts.all(is_part)
}

/// A double as Go's `FormatFloat(value, 'g', -1, 64)` writes it.
pub(in crate::document) fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn is_break(char: char) -> bool {
    matches!(char, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The characters that Go's YAML writer takes for printable: none beyond 16 bits.
fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

const INDENT: usize = 2;

const NEXT_LINE: char = '\u{85}';

/// The length in bytes up to which a key stands before its colon on one line.
const MAX_KEY: usize = 128;

/// The length in characters up to which Go's YAML reader finds the colon of a key.
const MAX_READ_KEY: usize = 1024;

const MAX_DEPTH: usize = crate::value::MAX_DEPTH;

/// Indentation makes the text of deep values quadratic; what no memory would hold is refused.
const MAX_LENGTH: usize = 1 << 28;
