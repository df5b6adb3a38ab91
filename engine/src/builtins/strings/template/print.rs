//! How values look in the output.

use crate::value::{Value, rego_string};

/// A value while a template runs.
#[derive(Debug, Clone)]
pub(super) enum Datum {
    /// What a missing key has.
    Missing,
    /// Of Rego. Its numbers are texts in Go's eyes.
    Value(Value),
    /// Of a literal, an index or `len`.
    Int(i64),
    /// Of a literal.
    Float(f64),
}

impl Datum {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Missing | Self::Value(Value::Null) => false,
            Self::Value(Value::Bool(value)) => *value,
            Self::Value(Value::Number(_)) => true,
            Self::Value(Value::String(text)) => !text.is_empty(),
            Self::Value(Value::Array(array)) => !array.is_empty(),
            Self::Value(Value::Set(set)) => !set.is_empty(),
            Self::Value(Value::Object(object)) => !object.is_empty(),
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
        }
    }

    /// As an action writes it.
    pub(super) fn output(&self) -> String {
        match self {
            Self::Missing | Self::Value(Value::Null) => "<no value>".to_owned(),
            Self::Value(value) => go_text(value),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => super::functions::float(*number),
        }
    }

    /// As `print` and `%v` write it.
    pub(super) fn printed(&self) -> String {
        match self {
            Self::Missing | Self::Value(Value::Null) => "<nil>".to_owned(),
            Self::Value(_) | Self::Int(_) | Self::Float(_) => self.output(),
        }
    }

    /// The name of the type in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Value(Value::Null) => "<nil>",
            Self::Value(Value::Bool(_)) => "bool",
            Self::Value(Value::Number(_)) => "json.Number",
            Self::Value(Value::String(_)) => "string",
            Self::Value(Value::Array(_) | Value::Set(_)) => "[]interface {}",
            Self::Value(Value::Object(_)) => "map[string]interface {}",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    rego_string(text)
}

/// A key of an object as Go's map has it.
pub(super) fn key_text(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_json(), str::to_owned)
}

/// As Go's `fmt` prints it: `map[a:1 b:[x <nil>]]`.
fn go_text(value: &Value) -> String {
    enum Step<'v> {
        Value(&'v Value),
        Text(String),
    }
    let mut output = String::new();
    let mut steps = vec![Step::Value(value)];
    while let Some(step) = steps.pop() {
        let value = match step {
            Step::Text(text) => {
                output.push_str(&text);
                continue;
            }
            Step::Value(value) => value,
        };
        let mut inside: Vec<Step<'_>> = Vec::new();
        match value {
            Value::Null => output.push_str("<nil>"),
            Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => output.push_str(&number.text()),
            Value::String(text) => output.push_str(text),
            Value::Array(array) => {
                inside.push(Step::Text("[".to_owned()));
                inside.extend(array.iter().map(Step::Value));
            }
            Value::Set(set) => {
                inside.push(Step::Text("[".to_owned()));
                inside.extend(set.iter().map(Step::Value));
            }
            Value::Object(object) => {
                inside.push(Step::Text("map[".to_owned()));
                let mut entries: Vec<_> = object.iter().map(|(key, value)| (key_text(key), value)).collect();
                entries.sort_by(|(left, _), (right, _)| left.cmp(right));
                for (at, (key, value)) in entries.into_iter().enumerate() {
                    inside.push(Step::Text(if at == 0 { format!("{key}:") } else { format!(" {key}:") }));
                    inside.push(Step::Value(value));
                }
            }
        }
        if inside.is_empty() {
            continue;
        }
        let is_list = !matches!(value, Value::Object(_));
        steps.push(Step::Text("]".to_owned()));
        let last = inside.len();
        for (at, step) in inside.into_iter().enumerate().rev() {
            steps.push(step);
            // Between the elements of a list, not after the bracket.
            if is_list && at > 1 && at < last {
                steps.push(Step::Text(" ".to_owned()));
            }
        }
    }
    output
}

/// Fills in the verbs of a format.
pub(super) fn format(format: &str, arguments: &[Datum]) -> String {
    let mut output = String::new();
    let mut next = arguments.iter();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        output.push_str(before);
        let end = after
            .find(|c: char| !matches!(c, '-' | '+' | '#' | ' ' | '0'..='9' | '.'))
            .unwrap_or(after.len());
        let (spec, after) = after.split_at(end);
        let mut chars = after.chars();
        let Some(verb) = chars.next() else {
            output.push_str("%!(NOVERB)");
            rest = "";
            break;
        };
        rest = chars.as_str();
        if verb == '%' {
            output.push('%');
            continue;
        }
        if let Some(argument) = next.next() {
            output.push_str(&padded(&verbed(argument, verb, spec), spec, argument));
        } else {
            output.push_str("%!");
            output.push(verb);
            output.push_str("(MISSING)");
        }
    }
    output.push_str(rest);
    let extra: Vec<String> = next.map(extra).collect();
    if !extra.is_empty() {
        output.push_str("%!(EXTRA ");
        output.push_str(&extra.join(", "));
        output.push(')');
    }
    output
}

fn extra(argument: &Datum) -> String {
    if matches!(argument, Datum::Missing | Datum::Value(Value::Null)) {
        return "<nil>".to_owned();
    }
    format!("{}={}", argument.type_name(), argument.printed())
}

fn verbed(argument: &Datum, verb: char, spec: &str) -> String {
    let precision = spec.split_once('.').map(|(_, digits)| digits.parse::<usize>().unwrap_or(0).min(1000));
    let shown = argument.printed();
    match (verb, argument) {
        ('v', Datum::Float(_) | Datum::Int(_)) | ('d', Datum::Int(_))
            if spec.contains('+') && !shown.starts_with('-') =>
        {
            format!("+{shown}")
        }
        ('v', _) | ('d', Datum::Int(_)) | ('t', Datum::Value(Value::Bool(_))) | ('g', Datum::Float(_)) => {
            shown
        }
        (
            's',
            Datum::Value(
                Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) | Value::Set(_),
            ),
        ) => precision.map_or(shown.clone(), |length| shown.chars().take(length).collect()),
        ('q', Datum::Value(Value::String(_) | Value::Number(_))) => quoted(&shown),
        ('x', Datum::Int(number)) => format!("{number:x}"),
        ('X', Datum::Int(number)) => format!("{number:X}"),
        ('o', Datum::Int(number)) => format!("{number:o}"),
        ('b', Datum::Int(number)) => format!("{number:b}"),
        ('c', Datum::Int(number)) => {
            let c = u32::try_from(*number).ok().and_then(char::from_u32);
            c.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        ('x', Datum::Value(Value::String(_) | Value::Number(_))) => {
            let digits = shown.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
            digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
        }
        ('f' | 'F', Datum::Float(number)) => format!("{number:.*}", precision.unwrap_or(6)),
        ('T', argument) => argument.type_name().to_owned(),
        (verb, argument) => format!("%!{verb}({})", extra(argument)),
    }
}

/// Brings a text to the width that the verb asks for.
fn padded(text: &str, spec: &str, argument: &Datum) -> String {
    let flags = spec.trim_start_matches(['-', '+', '#', ' ', '0']);
    let width = flags.split('.').next().and_then(|width| width.parse::<usize>().ok()).unwrap_or(0).min(1000);
    let flags = spec.get(..spec.len() - flags.len()).unwrap_or("");
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        return format!("{text}{}", " ".repeat(missing));
    }
    if flags.contains('0') && matches!(argument, Datum::Int(_) | Datum::Float(_)) {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}
