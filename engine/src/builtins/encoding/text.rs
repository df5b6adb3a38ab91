//! Values as JSON and YAML text, and back.

use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::diagnostic::Diagnostic;
use crate::document;
use crate::source::SourceId;
use crate::value::{Value, rego_string};

pub(super) fn json_marshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.value(0)?.to_json().into()))
}

pub(super) fn json_marshal_with_options(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let value = operands.value(0)?;
    let options = operands.object(1)?;
    let (mut prefix, mut indent, mut layout, mut pretty) = ("", "\t", false, None);
    let failure = |message: String| BuiltinError::Operand(format!("operand 2 {message}"));
    for (index, (key, option)) in options.iter().enumerate() {
        let Some(name) = key.as_str() else {
            let got = key.type_name();
            return Err(failure(format!(
                "failed to stringify key {key} at index {index}: operand {index} must be string but got {got}"
            )));
        };
        let not_text = || {
            let got = option.type_name();
            failure(format!("key {key} failed cast to string: operand {index} must be string but got {got}"))
        };
        match name {
            "prefix" => prefix = option.as_str().ok_or_else(not_text)?,
            "indent" => indent = option.as_str().ok_or_else(not_text)?,
            "pretty" => {
                let wrong = || failure(format!("key {key} failed cast to bool"));
                pretty = Some(option.as_bool().ok_or_else(wrong)?);
                continue;
            }
            _ => return Err(failure(format!("object contained unknown key {key}"))),
        }
        layout = true;
    }
    let compact = value.to_json();
    if !pretty.unwrap_or(layout) {
        return Ok(Some(compact.into()));
    }
    let text =
        indented(&compact, prefix, indent).ok_or_else(|| BuiltinError::failed("result is too long"))?;
    Ok(Some(text.into()))
}

pub(super) fn json_unmarshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    read_json(operands.string(0)?).map(Some).map_err(BuiltinError::Failed)
}

pub(super) fn json_is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.value(0)?.as_str();
    Ok(Some(text.is_some_and(|text| document::json(SourceId::default(), text).is_ok()).into()))
}

pub(super) fn yaml_marshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    document::to_yaml(operands.value(0)?).map(|text| Some(text.into())).map_err(BuiltinError::Failed)
}

pub(super) fn yaml_unmarshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let node = document::yaml(SourceId::default(), text);
    let problem = |error: Diagnostic| {
        let at = error.span.map_or(0, |span| span.start as usize);
        BuiltinError::Failed(yaml_problem(&error.message, text, at))
    };
    Ok(Some(node.map_err(problem)?.to_value()))
}

pub(super) fn yaml_is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.value(0)?.as_str();
    Ok(Some(text.is_some_and(|text| document::yaml(SourceId::default(), text).is_ok()).into()))
}

/// The value as JSON has it: sets are sorted arrays, and all keys strings.
///
/// # Errors
/// When it nests deeper than JSON may.
pub(in crate::builtins) fn json_value(value: &Value) -> Result<Value, BuiltinError> {
    let node = document::json(SourceId::default(), &value.to_json());
    Ok(node.map_err(|error| BuiltinError::Failed(error.message))?.to_value())
}

/// The first value of a text, and OPA's opinion of what stands after it: a `null` is let through.
fn read_json(text: &str) -> Result<Value, String> {
    let error = match document::json(SourceId::default(), text) {
        Ok(node) => return Ok(node.to_value()),
        Err(error) => error,
    };
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Err("EOF".to_owned());
    }
    let at = error.span.and_then(|span| usize::try_from(span.start).ok()).unwrap_or_default();
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    if !error.message.ends_with(AFTER_VALUE) {
        return Err(json_problem(&error.message, rest));
    }
    let invalid = |token: &str| Err(format!("error: invalid character '{token}'{AFTER_VALUE}"));
    match rest.chars().next() {
        Some(open @ ('[' | '{')) => return invalid(&open.to_string()),
        Some(char @ (']' | '}' | ',' | ':')) => {
            return Err(format!("invalid character '{char}' looking for beginning of value"));
        }
        Some(_) | None => {}
    }
    let token = document::json(SourceId::default(), rest).or_else(|error| {
        let end = error.span.and_then(|span| usize::try_from(span.start).ok()).unwrap_or_default();
        let (token, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_token = error.message.ends_with(AFTER_VALUE);
        let token = if is_token { document::json(SourceId::default(), token) } else { Err(error) };
        token.map_err(|error| json_problem(&error.message, after))
    })?;
    match token.to_value() {
        Value::Null => read_json(before),
        Value::Bool(value) => invalid(&format!("%!s(bool={value})")),
        Value::Number(number) => invalid(&number.text()),
        Value::String(text) => invalid(&text),
        Value::Array(_) | Value::Object(_) | Value::Set(_) => invalid(""),
    }
}

/// What is wrong with a JSON text, as Go says it: of a character beyond ASCII it shows the first byte.
pub(in crate::builtins) fn json_problem(message: &str, rest: &str) -> String {
    let first = rest.bytes().next().filter(|byte| !byte.is_ascii());
    match (first, message.strip_prefix("invalid character '").and_then(|rest| rest.split_once("' "))) {
        (Some(byte), Some((_, context))) => {
            let shown = rego_string(char::from(byte).encode_utf8(&mut [0; 2]));
            format!("invalid character '{}' {context}", shown.trim_matches('"'))
        }
        _ => message.to_owned(),
    }
}

/// What is wrong with a YAML text in the words of OPA's library, where they are known; it often says the line too.
fn yaml_problem(message: &str, text: &str, at: usize) -> String {
    let message = message.trim_start_matches("invalid YAML: ");
    if message.starts_with("unsupported value") {
        return format!("json: {message}");
    }
    let problem = match message.strip_prefix("while ").and_then(|message| message.split_once(", ")) {
        Some((_, problem)) => problem,
        None => message,
    };
    let expected = problem.strip_prefix("did not find ").unwrap_or(problem);
    if expected.starts_with("expected ','") {
        return format!("yaml: {}did not find {expected}", line_of(text, at));
    }
    let starts_nothing = problem.starts_with("unexpected character") || problem.contains("tab character");
    format!("yaml: {}", if starts_nothing { "found character that cannot start any token" } else { problem })
}

/// The line that OPA's library names: that of the bracket which is not closed, counted from 0; if that is the first, the
/// line where the next token was looked for, where the end of a text is a line of its own. Line 0 is not named.
fn line_of(text: &str, at: usize) -> String {
    let row = |offset: usize| text.get(..offset).map_or(0, |before| before.matches('\n').count());
    let (mut open, mut quote) = (Vec::new(), None);
    for (offset, char) in text.char_indices() {
        match (quote, char) {
            (Some(end), _) if char == end => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '[' | '{') => open.push(offset),
            (None, ']' | '}') => drop(open.pop()),
            (Some(_) | None, _) => {}
        }
    }
    let end = text.matches('\n').count() + usize::from(!text.ends_with('\n'));
    let line = match open.last().map(|offset| row(*offset)) {
        Some(0) => end,
        Some(line) => line,
        None => row(at),
    };
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

/// Compact JSON with line breaks: `prefix` starts each line, and `indent` stands once for each level.
fn indented(compact: &str, prefix: &str, indent: &str) -> Option<String> {
    let mut out = prefix.to_owned();
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut chars = compact.chars().peekable();
    while let Some(char) = chars.next() {
        if quoted {
            out.push(char);
            quoted = escaped || char != '"';
            escaped = !escaped && char == '\\';
            continue;
        }
        let is_open = matches!(char, '[' | '{');
        let closes = chars.peek().is_some_and(|next| matches!(next, ']' | '}'));
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(prefix);
            out.extend(std::iter::repeat_n(indent, depth));
            (out.len() <= MAX_LENGTH).then_some(())
        };
        match char {
            '[' | '{' if closes => {
                out.push(char);
                out.extend(chars.next());
            }
            '[' | '{' | ',' => {
                depth += usize::from(is_open);
                out.push(char);
                line(&mut out, depth)?;
            }
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth)?;
                out.push(char);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = char == '"';
                out.push(char);
            }
        }
    }
    Some(out)
}

const AFTER_VALUE: &str = " after top-level value";

/// Indentation multiplies the length of its option by the depth of each line; what no memory would hold is refused.
const MAX_LENGTH: usize = 1 << 28;
