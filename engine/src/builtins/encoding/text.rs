//! Values as JSON and YAML text, and back.

use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::document;
use crate::source::SourceId;
use crate::value::Value;

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
            failure(format!("key {name} failed cast to string: operand {index} must be string but got {got}"))
        };
        match name {
            "prefix" => prefix = option.as_str().ok_or_else(not_text)?,
            "indent" => indent = option.as_str().ok_or_else(not_text)?,
            "pretty" => {
                let wrong = || failure(format!("key {name} failed cast to bool"));
                pretty = Some(option.as_bool().ok_or_else(wrong)?);
                continue;
            }
            _ => return Err(failure(format!("object contained unknown key {name}"))),
        }
        layout = true;
    }
    let compact = value.to_json();
    if !pretty.unwrap_or(layout) {
        return Ok(Some(compact.into()));
    }
    let text = indented(&compact, prefix, indent).ok_or_else(|| BuiltinError::failed("result is too long"))?;
    Ok(Some(text.into()))
}

pub(super) fn json_unmarshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let node = document::json(SourceId::default(), operands.string(0)?);
    Ok(Some(node.map_err(|error| BuiltinError::Failed(error.message))?.to_value()))
}

pub(super) fn json_is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.value(0)?.as_str();
    Ok(Some(text.is_some_and(|text| document::json(SourceId::default(), text).is_ok()).into()))
}

pub(super) fn yaml_marshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    document::to_yaml(operands.value(0)?).map(|text| Some(text.into())).map_err(BuiltinError::Failed)
}

pub(super) fn yaml_unmarshal(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let node = document::yaml(SourceId::default(), operands.string(0)?);
    let message = |message: String| format!("yaml: {}", message.trim_start_matches("invalid YAML: "));
    Ok(Some(node.map_err(|error| BuiltinError::Failed(message(error.message)))?.to_value()))
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
        let mut line = |out: &mut String, depth: usize| {
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

/// Indentation multiplies the length of its option by the depth of each line; what no memory would hold is refused.
const MAX_LENGTH: usize = 1 << 28;
