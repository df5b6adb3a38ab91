//! Regular expressions.

mod class;
mod globs_match;
mod names;
mod pattern;
mod template;
mod translate;

use self::pattern::Pattern;
use super::Shape::{ArrayOf, Boolean, Number, String};
use super::{Answer, Context, Operands, Signature, named, unnamed};
use crate::value::{Array, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("re_match", "Whether a string matches a regular expression; replaced by `regex.match`.")
        .takes(&[unnamed(String), unnamed(String)])
        .returns(unnamed(Boolean))
        .deprecated()
        .does(is_match),
    Signature::new(
        "regex.find_all_string_submatch_n",
        "The first matches of a regular expression, each with its groups.",
    )
    .takes(&[named("pattern", String), named("value", String), named("number", Number)])
    .returns(named("output", ArrayOf(&ArrayOf(&String))))
    .does(find_all_submatches),
    Signature::new("regex.find_n", "The first matches of a regular expression.")
        .takes(&[named("pattern", String), named("value", String), named("number", Number)])
        .returns(named("output", ArrayOf(&String)))
        .does(find),
    Signature::new(
        "regex.globs_match",
        "Whether a non-empty string exists that two glob-like expressions both match.",
    )
    .takes(&[named("glob1", String), named("glob2", String)])
    .returns(named("result", Boolean))
    .does(globs_match::globs_match),
    Signature::new("regex.is_valid", "Whether a string is a regular expression.")
        .takes(&[named("pattern", String)])
        .returns(named("result", Boolean))
        .does(is_valid),
    Signature::new("regex.match", "Whether a regular expression matches somewhere in a string.")
        .takes(&[named("pattern", String), named("value", String)])
        .returns(named("result", Boolean))
        .does(is_match),
    Signature::new(
        "regex.replace",
        "A string in which the matches of a regular expression have been replaced.",
    )
    .takes(&[named("s", String), named("pattern", String), named("value", String)])
    .returns(named("output", String))
    .does(replace),
    Signature::new("regex.split", "The pieces of a string between the matches of a regular expression.")
        .takes(&[named("pattern", String), named("value", String)])
        .returns(named("output", ArrayOf(&String)))
        .does(split),
    Signature::new(
        "regex.template_match",
        "Whether a string matches a template whose delimited parts are regular expressions.",
    )
    .takes(&[
        named("template", String),
        named("value", String),
        named("delimiter_start", String),
        named("delimiter_end", String),
    ])
    .returns(named("result", Boolean))
    .does(template_match),
];

fn is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let valid = operands.value(0)?.as_str().is_some_and(|text| translate::translate(text).is_ok());
    Ok(Some(valid.into()))
}

fn is_match(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (pattern, text) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(Pattern::cached(ctx, pattern)?.is_match(text).into()))
}

fn template_match(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (template, text) = (operands.string(0)?, operands.string(1)?);
    let (open, close) = (operands.string(2)?, operands.string(3)?);
    let pattern = template::pattern(template, open, close)?;
    Ok(Some(Pattern::cached(ctx, &pattern)?.is_match(text).into()))
}

fn split(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (pattern, text) = (operands.string(0)?, operands.string(1)?);
    let pattern = Pattern::cached(ctx, pattern)?;
    let pieces: Array = pattern.split(text).into_iter().map(Value::from).collect();
    Ok(Some(pieces.into()))
}

/// All matches when the number is negative.
fn find(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (pattern, text) = (operands.string(0)?, operands.string(1)?);
    let limit = limit(operands.small_integer(2)?);
    let pattern = Pattern::cached(ctx, pattern)?;
    let found: Array = pattern.find(text).take(limit).map(Value::from).collect();
    Ok(Some(found.into()))
}

/// A group that has no part in a match is the empty string.
fn find_all_submatches(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (pattern, text) = (operands.string(0)?, operands.string(1)?);
    let limit = limit(operands.small_integer(2)?);
    let pattern = Pattern::cached(ctx, pattern)?;
    let groups = |groups: Vec<&str>| Value::from(groups.into_iter().map(Value::from).collect::<Array>());
    let found: Array = pattern.captures(text).take(limit).map(groups).collect();
    Ok(Some(found.into()))
}

fn replace(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, pattern, replacement) = (operands.string(0)?, operands.string(1)?, operands.string(2)?);
    let pattern = Pattern::cached(ctx, pattern)?;
    Ok(Some(pattern.replace(ctx, text, replacement)?.into()))
}

fn limit(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
