//! Whether, where and how often a string occurs in another.

use super::super::{Answer, BuiltinError, Context, Operands};
use crate::value::{Array, Value};

pub(super) fn contains(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (haystack, needle) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(haystack.contains(needle).into()))
}

pub(super) fn starts_with(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, prefix) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.starts_with(prefix).into()))
}

pub(super) fn ends_with(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, suffix) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.ends_with(suffix).into()))
}

/// An empty string occurs before, between and after all characters.
pub(super) fn count(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, part) = (operands.string(0)?, operands.string(1)?);
    let times = text.matches(part).count();
    Ok(Some(Value::from(times as u64)))
}

pub(super) fn index_of(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (haystack, needle) = haystack_and_needle(operands)?;
    let before = haystack.find(needle).and_then(|offset| haystack.get(..offset));
    let position = before.map_or(-1, |before| i64::try_from(before.chars().count()).unwrap_or(i64::MAX));
    Ok(Some(position.into()))
}

/// Occurrences may overlap.
pub(super) fn index_of_n(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (haystack, needle) = haystack_and_needle(operands)?;
    let mut positions = Vec::new();
    let (mut offset, mut skipped) = (0, 0_u64);
    while let Some(rest) = haystack.get(offset..)
        && let Some(found) = rest.find(needle)
    {
        let (before, after) = rest.split_at(found);
        skipped += before.chars().count() as u64;
        positions.push(Value::from(skipped));
        // The next occurrence may begin with the next character.
        offset += found + after.chars().next().map_or(1, char::len_utf8);
        skipped += 1;
    }
    Ok(Some(Array::from(positions).into()))
}

pub(super) fn any_prefix_match(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (mut texts, prefixes) = texts_and_affixes(operands)?;
    // What starts with a prefix stands right after it in the order of strings.
    texts.sort_unstable();
    let found = prefixes.iter().any(|prefix| {
        let first = texts.partition_point(|text| text < prefix);
        texts.get(first).is_some_and(|text| text.starts_with(prefix))
    });
    Ok(Some(found.into()))
}

pub(super) fn any_suffix_match(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (texts, suffixes) = texts_and_affixes(operands)?;
    let reversed = |text: &&str| text.bytes().rev().collect::<Vec<u8>>();
    let mut texts: Vec<_> = texts.iter().map(reversed).collect();
    texts.sort_unstable();
    let found = suffixes.iter().map(reversed).any(|suffix| {
        let first = texts.partition_point(|text| *text < suffix);
        texts.get(first).is_some_and(|text| text.starts_with(&suffix))
    });
    Ok(Some(found.into()))
}

fn haystack_and_needle(operands: Operands<'_>) -> Result<(&str, &str), BuiltinError> {
    let (haystack, needle) = (operands.string(0)?, operands.string(1)?);
    if needle.is_empty() {
        return Err(BuiltinError::failed("empty search character"));
    }
    Ok((haystack, needle))
}

fn texts_and_affixes(operands: Operands<'_>) -> Result<(Vec<&str>, Vec<&str>), BuiltinError> {
    Ok((one_or_more(operands, 0)?, one_or_more(operands, 1)?))
}

fn one_or_more(operands: Operands<'_>, index: usize) -> Result<Vec<&str>, BuiltinError> {
    match operands.value(index)? {
        Value::String(text) => Ok(vec![text]),
        Value::Array(_) | Value::Set(_) => operands.strings(index),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            Err(operands.mismatch(index, "one of {string, set, array}"))
        }
    }
}
