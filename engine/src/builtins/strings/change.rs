//! Strings in other letters, in reverse, or without their ends.

use super::super::{Answer, Context, Operands};

pub(super) fn lower(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text: String = operands.string(0)?.chars().map(lower_char).collect();
    Ok(Some(text.into()))
}

pub(super) fn upper(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text: String = operands.string(0)?.chars().map(upper_char).collect();
    Ok(Some(text.into()))
}

pub(super) fn reverse(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text: String = operands.string(0)?.chars().rev().collect();
    Ok(Some(text.into()))
}

pub(super) fn trim(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, cutset) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.trim_matches(|c| cutset.contains(c)).into()))
}

pub(super) fn trim_left(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, cutset) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.trim_start_matches(|c| cutset.contains(c)).into()))
}

pub(super) fn trim_right(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, cutset) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.trim_end_matches(|c| cutset.contains(c)).into()))
}

pub(super) fn trim_prefix(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, prefix) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.strip_prefix(prefix).unwrap_or(text).into()))
}

pub(super) fn trim_suffix(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, suffix) = (operands.string(0)?, operands.string(1)?);
    Ok(Some(text.strip_suffix(suffix).unwrap_or(text).into()))
}

pub(super) fn trim_space(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.string(0)?.trim().into()))
}

/// The one lower-case letter that Unicode's table gives a character, as Go has it: no letter becomes several.
fn lower_char(c: char) -> char {
    if c == '\u{130}' {
        return 'i';
    }
    if has_newer_case(c) { c } else { only(c.to_lowercase()).unwrap_or(c) }
}

/// As [`lower_char`], for upper case.
fn upper_char(c: char) -> char {
    match c {
        // Small Greek letters with an iota below: one capital each in the table, several in the full mapping.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(c) + 8).unwrap_or(c)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(c) + 9).unwrap_or(c),
        '\u{19b}' | '\u{264}' => c,
        c if has_newer_case(c) => c,
        c => only(c.to_uppercase()).unwrap_or(c),
    }
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// Whether the character has upper or lower case only since a version of Unicode newer than the one of OPA's tables, 15.
fn has_newer_case(c: char) -> bool {
    matches!(c, '\u{1c89}' | '\u{1c8a}' | '\u{a7cb}'..='\u{a7cf}' | '\u{a7d2}'..='\u{a7d5}'
        | '\u{a7da}'..='\u{a7dc}' | '\u{10d50}'..='\u{10d85}' | '\u{16ea0}'..='\u{16ed3}')
}
