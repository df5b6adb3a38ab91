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

/// OPA reads the variables from their Rego text as if it were JSON, which sets, keys that are no strings and escapes such as `\x00` are
/// not.
fn check_json(variables: &Value) -> Result<(), BuiltinError> {
    /// What comes next in the text.
    enum Next<'v> {
        Key(&'v Value),
        Value(&'v Value),
    }
    let mut waiting = vec![Next::Value(variables)];
    while let Some(next) = waiting.pop() {
        match next {
            Next::Key(key) => check_key(key)?,
            Next::Value(Value::Null | Value::Bool(_) | Value::Number(_)) => {}
            Next::Value(text @ Value::String(_)) => check_escapes(text)?,
            Next::Value(Value::Array(array)) => waiting.extend(array.iter().rev().map(Next::Value)),
            Next::Value(Value::Object(object)) => {
                let at = waiting.len();
                waiting.extend(object.iter().flat_map(|(key, value)| [Next::Key(key), Next::Value(value)]));
                if let Some(added) = waiting.get_mut(at..) {
                    added.reverse();
                }
            }
            Next::Value(Value::Set(set)) => {
                let Some(first) = set.iter().next() else {
                    return Err(unexpected('s', "looking for beginning of value"));
                };
                check_key(first)?;
                return Err(unexpected(if set.len() == 1 { '}' } else { ',' }, "after object key"));
            }
        }
    }
    Ok(())
}

fn check_key(key: &Value) -> Result<(), BuiltinError> {
    if key.as_str().is_some() {
        return check_escapes(key);
    }
    let first = key.to_rego().chars().next().unwrap_or('{');
    Err(unexpected(first, "looking for beginning of object key string"))
}

/// JSON has less escapes than Go, by whose rules OPA writes strings.
fn check_escapes(text: &Value) -> Result<(), BuiltinError> {
    let text = text.to_rego();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\'
            && let Some(escaped) = chars.next().filter(|escaped| !"\\\"/bfnrtu".contains(*escaped))
        {
            return Err(unexpected(escaped, "in string escape code"));
        }
    }
    Ok(())
}

fn unexpected(c: char, place: &str) -> BuiltinError {
    BuiltinError::failed(format!("invalid character '{c}' {place}"))
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
