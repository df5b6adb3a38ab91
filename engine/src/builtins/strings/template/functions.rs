//! The functions of templates.

use super::print::{Datum, key_text, quoted};
use crate::value::{Array, Value};

/// Whether there is a function of this name.
pub(super) fn exists(name: &str) -> bool {
    arity(name).is_some()
}

/// How many arguments a function takes at least, and whether it takes more.
fn arity(name: &str) -> Option<(usize, More)> {
    Some(match name {
        "not" | "len" => (1, More::No),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, More::No),
        "and" | "or" | "index" | "slice" | "printf" | "eq" => (1, More::Yes),
        "print" | "println" | "html" | "js" | "urlquery" => (0, More::Yes),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    Yes,
    No,
}

/// # Errors
/// When it is not so many that the function takes.
pub(super) fn check_count(name: &str, count: usize) -> Result<(), String> {
    let (least, more) = arity(name).unwrap_or((0, More::Yes));
    match more {
        More::Yes if count < least => {
            Err(format!("wrong number of args for {name}: want at least {least} got {count}"))
        }
        More::No if count != least => {
            Err(format!("wrong number of args for {name}: want {least} got {count}"))
        }
        More::Yes | More::No => Ok(()),
    }
}

/// What a function returns.
///
/// # Errors
/// Why it can't.
pub(super) fn call(name: &str, arguments: &[Datum]) -> Result<Datum, String> {
    let Some((first, others)) = arguments.split_first() else {
        return Ok(text(if name == "println" { "\n".to_owned() } else { String::new() }));
    };
    let second = || others.first().unwrap_or(&Datum::Missing);
    Ok(match name {
        // What decides has been looked for already.
        "and" | "or" => others.last().unwrap_or(first).clone(),
        "not" => truth(!first.is_true()),
        "len" => Datum::Int(length(first)?),
        "index" => index(first, others)?,
        "slice" => slice(first, others)?,
        "eq" => truth(equal_to_one(first, others)?),
        "ne" => truth(!equal_to_one(first, others)?),
        "lt" => truth(less(first, second())?),
        "le" => truth(less(first, second())? || equal_to_one(first, others)?),
        "gt" => truth(!(less(first, second())? || equal_to_one(first, others)?)),
        "ge" => truth(!less(first, second())?),
        "printf" => text(super::print::format(&first.printed(), others)),
        "println" => {
            let printed: Vec<String> = arguments.iter().map(Datum::printed).collect();
            text(printed.join(" ") + "\n")
        }
        "html" => text(escape(&printable(arguments), html)),
        "js" => text(escape(&printable(arguments), js)),
        "urlquery" => text(query(&printable(arguments))),
        _ => text(joined(arguments)),
    })
}

/// As Go's `Sprint`: spaces only between values that are no texts.
fn joined(arguments: &[Datum]) -> String {
    let is_text = |datum: &Datum| matches!(datum, Datum::Value(Value::String(_) | Value::Number(_)));
    let mut output = String::new();
    let mut previous: Option<&Datum> = None;
    for argument in arguments {
        if previous.is_some_and(|previous| !is_text(previous) && !is_text(argument)) {
            output.push(' ');
        }
        output.push_str(&argument.printed());
        previous = Some(argument);
    }
    output
}

/// As Go's functions that escape join what they get: what is missing is a text to them.
fn printable(arguments: &[Datum]) -> String {
    let shown = |datum: &Datum| match datum {
        Datum::Missing | Datum::Value(Value::Null) => text(datum.output()),
        Datum::Value(_) | Datum::Int(_) | Datum::Float(_) => datum.clone(),
    };
    joined(&arguments.iter().map(shown).collect::<Vec<_>>())
}

fn text(text: String) -> Datum {
    Datum::Value(text.into())
}

fn truth(value: bool) -> Datum {
    Datum::Value(value.into())
}

fn length(value: &Datum) -> Result<i64, String> {
    let length = match value {
        Datum::Value(Value::String(text)) => text.len(),
        Datum::Value(Value::Number(number)) => number.text().len(),
        Datum::Value(Value::Array(array)) => array.len(),
        Datum::Value(Value::Set(set)) => set.len(),
        Datum::Value(Value::Object(object)) => object.len(),
        Datum::Value(Value::Null) => return Err("len of nil pointer".to_owned()),
        Datum::Missing => {
            return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
        }
        Datum::Value(Value::Bool(_)) | Datum::Int(_) | Datum::Float(_) => {
            return Err(format!("len of type {}", value.type_name()));
        }
    };
    Ok(i64::try_from(length).unwrap_or(i64::MAX))
}

fn index(value: &Datum, keys: &[Datum]) -> Result<Datum, String> {
    let mut value = value.clone();
    for key in keys {
        value = match &value {
            Datum::Missing | Datum::Value(Value::Null) => return Err("index of untyped nil".to_owned()),
            Datum::Value(Value::Array(array)) => {
                let at = element(key, array.len(), "slice")?;
                Datum::Value(array.get(at).cloned().unwrap_or(Value::Null))
            }
            Datum::Value(Value::Set(set)) => {
                let at = element(key, set.len(), "slice")?;
                Datum::Value(set.iter().nth(at).cloned().unwrap_or(Value::Null))
            }
            Datum::Value(Value::Object(object)) => {
                let Datum::Value(Value::String(name)) = key else {
                    return Err(format!("value has type {}; should be string", key.type_name()));
                };
                let found = object.iter().find(|(key, _)| key_text(key) == **name);
                found.map_or(Datum::Missing, |(_, value)| Datum::Value(value.clone()))
            }
            Datum::Value(Value::String(text)) => {
                let at = element(key, text.len(), "string")?;
                Datum::Int(text.as_bytes().get(at).copied().unwrap_or(0).into())
            }
            // Go has the text of a number here.
            Datum::Value(Value::Number(number)) => {
                let text = number.text();
                let at = element(key, text.len(), "string")?;
                Datum::Int(text.as_bytes().get(at).copied().unwrap_or(0).into())
            }
            Datum::Value(Value::Bool(_)) | Datum::Int(_) | Datum::Float(_) => {
                return Err(format!("can't index item of type {}", value.type_name()));
            }
        };
    }
    Ok(value)
}

/// The position of an element. Go finds out too late that the one after the last is none.
fn element(key: &Datum, length: usize, kind: &str) -> Result<usize, String> {
    let at = position(key, length + 1)?;
    if at < length { Ok(at) } else { Err(format!("reflect: {kind} index out of range")) }
}

fn position(key: &Datum, length: usize) -> Result<usize, String> {
    let at = match key {
        Datum::Int(at) => *at,
        Datum::Missing | Datum::Value(Value::Null) => {
            return Err("cannot index slice/array with nil".to_owned());
        }
        Datum::Value(_) | Datum::Float(_) => {
            return Err(format!("cannot index slice/array with type {}", key.type_name()));
        }
    };
    let position = usize::try_from(at).ok().filter(|at| *at < length);
    position.ok_or_else(|| format!("index out of range: {at}"))
}

fn slice(value: &Datum, bounds: &[Datum]) -> Result<Datum, String> {
    let length = match value {
        Datum::Value(Value::String(text)) => text.len(),
        Datum::Value(Value::Array(array)) => array.len(),
        Datum::Missing | Datum::Value(Value::Null) => return Err("slice of untyped nil".to_owned()),
        Datum::Value(_) | Datum::Int(_) | Datum::Float(_) => {
            return Err(format!("can't slice item of type {}", value.type_name()));
        }
    };
    let room = if matches!(value, Datum::Value(Value::Array(_))) { room(length) } else { length };
    let bound = |at: usize, other: usize| bounds.get(at).map_or(Ok(other), |bound| position(bound, room + 1));
    let (from, to) = (bound(0, 0)?, bound(1, length)?);
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(match value {
        Datum::Value(Value::String(whole)) => {
            let bytes = whole.as_bytes().get(from..to).unwrap_or_default();
            text(String::from_utf8_lossy(bytes).into_owned())
        }
        Datum::Value(Value::Array(array)) => {
            let part = array.iter().chain(std::iter::repeat(&Value::Null)).take(to).skip(from);
            Datum::Value(part.cloned().collect::<Array>().into())
        }
        Datum::Missing | Datum::Value(_) | Datum::Int(_) | Datum::Float(_) => Datum::Missing,
    })
}

/// How many elements Go's slice has room for, which can be sliced too: it doubles, or so, as JSON is read into it.
fn room(length: usize) -> usize {
    if length <= 256 {
        length.checked_next_power_of_two().filter(|_| length > 0).unwrap_or(0)
    } else {
        length
    }
}

/// A value of a kind that can be compared.
enum Basic {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

fn basic(value: &Datum) -> Option<Basic> {
    match value {
        Datum::Value(Value::Bool(value)) => Some(Basic::Bool(*value)),
        Datum::Value(Value::String(text)) => Some(Basic::Text(text.to_string())),
        Datum::Value(Value::Number(number)) => Some(Basic::Text(number.text().into_owned())),
        Datum::Int(number) => Some(Basic::Int(*number)),
        Datum::Float(number) => Some(Basic::Float(*number)),
        Datum::Missing | Datum::Value(Value::Null | Value::Array(_) | Value::Object(_) | Value::Set(_)) => {
            None
        }
    }
}

fn is_nothing(value: &Datum) -> bool {
    matches!(value, Datum::Missing | Datum::Value(Value::Null))
}

fn equal_to_one(first: &Datum, others: &[Datum]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        let equal = match (basic(first), basic(other)) {
            (Some(Basic::Bool(left)), Some(Basic::Bool(right))) => left == right,
            (Some(Basic::Int(left)), Some(Basic::Int(right))) => left == right,
            (Some(Basic::Float(left)), Some(Basic::Float(right))) => left.total_cmp(&right).is_eq(),
            (Some(Basic::Text(left)), Some(Basic::Text(right))) => left == right,
            _ if is_nothing(first) || is_nothing(other) => is_nothing(first) && is_nothing(other),
            (None, None) => {
                let (shown, its_type) = (first.printed(), first.type_name());
                return Err(format!("non-comparable type {shown}: {its_type}"));
            }
            _ => return Err(incompatible(first, other)),
        };
        if equal {
            return Ok(true);
        }
    }
    Ok(false)
}

fn less(left: &Datum, right: &Datum) -> Result<bool, String> {
    let invalid = || "invalid type for comparison".to_owned();
    match (basic(left).ok_or_else(invalid)?, basic(right).ok_or_else(invalid)?) {
        (Basic::Int(left), Basic::Int(right)) => Ok(left < right),
        (Basic::Float(left), Basic::Float(right)) => Ok(left < right),
        (Basic::Text(left), Basic::Text(right)) => Ok(left < right),
        (Basic::Bool(_), Basic::Bool(_)) => Err(invalid()),
        _ => Err(incompatible(left, right)),
    }
}

fn incompatible(left: &Datum, right: &Datum) -> String {
    let (left, right) = (left.type_name(), right.type_name());
    format!("incompatible types for comparison: {left} and {right}")
}

/// The shortest digits that mean the number, with an exponent where Go's `%v` has one.
pub(super) fn float(number: f64) -> String {
    let exponent = format!("{number:e}");
    let (digits, power) = exponent.split_once('e').unwrap_or((&exponent, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if !(-4..21).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.unsigned_abs());
    }
    number.to_string()
}

fn escape(text: &str, escaped: fn(char) -> Option<String>) -> String {
    let mut output = String::with_capacity(text.len());
    for c in text.chars() {
        match escaped(c) {
            Some(escape) => output.push_str(&escape),
            None => output.push(c),
        }
    }
    output
}

fn html(c: char) -> Option<String> {
    let escape = match c {
        '\0' => "\u{fffd}",
        '"' => "&#34;",
        '\'' => "&#39;",
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => return None,
    };
    Some(escape.to_owned())
}

fn js(c: char) -> Option<String> {
    match c {
        '\\' => Some("\\\\".to_owned()),
        '\'' => Some("\\'".to_owned()),
        '"' => Some("\\\"".to_owned()),
        '<' | '>' | '&' | '=' => Some(format!("\\u{:04X}", u32::from(c))),
        c if c < ' ' => Some(format!("\\u{:04X}", u32::from(c))),
        c if !c.is_ascii() && quoted(&c.to_string()).contains('\\') => {
            Some(format!("\\u{:04X}", u32::from(c)))
        }
        _ => None,
    }
}

fn query(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => output.push('+'),
            b'-' | b'_' | b'.' | b'~' => output.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => output.push(char::from(byte)),
            byte => {
                output.push('%');
                output.extend(
                    [byte >> 4, byte & 15]
                        .map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()),
                );
            }
        }
    }
    output
}
