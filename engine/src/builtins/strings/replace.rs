//! Texts within strings replaced by others.

use super::super::{Answer, BuiltinError, Context, Operands};

/// With an empty text to replace, the new one comes before and after every byte.
pub(super) fn replace(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let pair = (operands.string(1)?, operands.string(2)?);
    Ok(Some(replace_all(ctx, "replace", text, &[pair])?.into()))
}

pub(super) fn replace_n(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let patterns = operands.object(0)?;
    let text = operands.string(1)?;
    let no_string =
        |what: &str| BuiltinError::Operand(format!("operand 1 non-string {what} found in pattern object"));
    let mut pairs = Vec::with_capacity(patterns.len());
    for (key, value) in patterns {
        let key = key.as_str().ok_or_else(|| no_string("key"))?;
        let value = value.as_str().ok_or_else(|| no_string("value"))?;
        pairs.push((key, value));
    }
    Ok(Some(replace_all(ctx, "strings.replace_n", text, &pairs)?.into()))
}

/// At every byte the first pair whose text stands there wins. As with Go's `strings.Replacer`, an empty text stands at
/// every byte, and after it the others get their turn at the same place.
fn replace_all(
    ctx: &mut Context<'_>,
    function: &str,
    text: &str,
    pairs: &[(&str, &str)],
) -> Result<String, BuiltinError> {
    let empty = pairs.iter().position(|(old, _)| old.is_empty());
    let mut by_first_byte = vec![Vec::new(); 256];
    for (index, (old, new)) in pairs.iter().enumerate() {
        let slot = old.bytes().next().and_then(|first| by_first_byte.get_mut(usize::from(first)));
        if let Some(slot) = slot {
            slot.push((index, old.as_bytes(), *new));
        }
    }
    let bytes = text.as_bytes();
    let mut output = Vec::with_capacity(bytes.len());
    let (mut at, mut after_empty) = (0, false);
    while let Some(rest) = bytes.get(at..) {
        if output.len().is_multiple_of(CHECK_EVERY) {
            ctx.check(&format!("{function}: timed out before finishing"))?;
        }
        let candidates = rest.first().and_then(|first| by_first_byte.get(usize::from(*first)));
        let found = candidates.and_then(|slot| slot.iter().find(|(_, old, _)| rest.starts_with(old)));
        let empty_wins = empty.filter(|empty| !after_empty && found.is_none_or(|(index, ..)| empty < index));
        if let Some(new) = empty_wins.and_then(|index| pairs.get(index)).map(|(_, new)| new) {
            output.extend_from_slice(new.as_bytes());
            after_empty = true;
            continue;
        }
        after_empty = false;
        if let Some((_, old, new)) = found {
            output.extend_from_slice(new.as_bytes());
            at += old.len();
        } else {
            output.extend(rest.first());
            at += 1;
        }
    }
    Ok(valid_text(output))
}

/// The bytes as text, each that belongs to no character as U+FFFD, which is how OPA's output shows it.
fn valid_text(bytes: Vec<u8>) -> String {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// How many bytes are written between two looks at the deadline.
const CHECK_EVERY: usize = 4096;
