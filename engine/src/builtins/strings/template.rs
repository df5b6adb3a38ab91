//! Go's text templates, filled in with Rego values.
//!
//! Actions, pipelines, variables, `if`, `with`, `range` with `break` and `continue`, `define`, `template` and `block`, comments,
//! trimming, and the functions of comparison, logic, `len`, `index`, `slice`, `print`, `println`, `printf`, `html`, `js` and
//! `urlquery` are there.

mod functions;
mod parse;
mod print;
mod run;

use super::super::{Answer, BuiltinError, Context, Operands};
use crate::value::Value;

pub(super) fn render(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let variables = operands.value(1)?;
    operands.object(1)?;
    check_json(variables)?;
    let templates = parse::parse(text).map_err(|Problem { at, message }| {
        let (line, _) = place(text, at);
        BuiltinError::failed(format!("template: template:{line}: {message}"))
    })?;
    let rendered = run::run(ctx, text, &templates, variables)?;
    Ok(Some(rendered.replace("<no value>", "<undefined>").into()))
}

/// OPA reads the variables from their text as if it were JSON, which sets and keys that are no strings are not.
fn check_json(variables: &Value) -> Result<(), BuiltinError> {
    let unexpected =
        |c: char, place: &str| Err(BuiltinError::failed(format!("invalid character '{c}' {place}")));
    let mut waiting = vec![variables];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(array) => waiting.extend(array.iter().rev()),
            Value::Object(object) => {
                let other = object.keys().find(|key| key.as_str().is_none());
                if let Some(first) = other.and_then(|key| key.to_rego().chars().next()) {
                    return unexpected(first, "looking for beginning of object key string");
                }
                waiting.extend(object.values().collect::<Vec<_>>().into_iter().rev());
            }
            Value::Set(set) => {
                return match set.iter().next() {
                    None => unexpected('s', "looking for beginning of value"),
                    Some(Value::String(_)) if set.len() == 1 => unexpected('}', "after object key"),
                    Some(Value::String(_)) => unexpected(',', "after object key"),
                    Some(first) => {
                        let first = first.to_rego().chars().next().unwrap_or('{');
                        unexpected(first, "looking for beginning of object key string")
                    }
                };
            }
        }
    }
    Ok(())
}

/// What is wrong with a template, and at which byte.
#[derive(Debug)]
struct Problem {
    at: usize,
    message: String,
}

/// The line, from 1, and the column, from 0 and in bytes.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before.len() - line_start)
}
