//! Glob patterns.

mod pattern;

use self::pattern::Pattern;
use super::Shape::{ArrayOf, Boolean, Null, OneOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "glob.match",
        "Whether a string matches a glob pattern, in which `*` stops at the delimiters.",
    )
    .takes(&[
        named("pattern", String),
        named("delimiters", OneOf(&[Null, ArrayOf(&String)])),
        named("match", String),
    ])
    .returns(named("result", Boolean))
    .does(matches),
    Signature::new("glob.quote_meta", "A pattern that matches exactly the given text.")
        .takes(&[named("pattern", String)])
        .returns(named("output", String))
        .does(quote_meta),
];

/// With `null` nothing is a delimiter, with an empty array the dot is.
fn matches(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let pattern = operands.string(0)?;
    let delimiters = match operands.value(1)? {
        Value::Null => Vec::new(),
        Value::Array(array) if array.is_empty() => vec!['.'],
        Value::Array(array) => {
            array.iter().map(|element| one_character(operands, element)).collect::<Result<_, _>>()?
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Set(_) => {
            return Err(operands.mismatch(1, "one of {array, null}"));
        }
    };
    let text = operands.string(2)?;
    Ok(Some(Pattern::cached(ctx, pattern, &delimiters)?.is_match(text).into()))
}

fn quote_meta(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(quoted(operands.string(0)?).into()))
}

/// A pattern that matches the text alone.
pub(crate) fn quoted(text: &str) -> std::string::String {
    let mut quoted = std::string::String::with_capacity(text.len());
    for c in text.chars() {
        if r"*?\[]{}".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

fn one_character(operands: Operands<'_>, element: &Value) -> Result<char, BuiltinError> {
    let text = element.as_str().ok_or_else(|| operands.element_mismatch(1, "string", element))?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        (Some(_) | None, _) => Err(operands.element_mismatch(1, "rune", element)),
    }
}

/// Whether a pattern matches a text in which nothing is a delimiter.
///
/// # Errors
/// What is wrong with the pattern.
pub(crate) fn matches_undelimited(pattern: &str, text: &str) -> Result<bool, std::string::String> {
    let pattern = Pattern::compile(pattern, &[]).map_err(|error| error.to_string())?;
    Ok(pattern.is_match(text))
}
