//! Strings taken apart and put together.

use super::super::{Answer, BuiltinError, Context, Operands};
use crate::value::{Array, Value};

pub(super) fn concat(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let delimiter = operands.string(0)?;
    let strings = operands.strings(1)?;
    Ok(Some(strings.join(delimiter).into()))
}

pub(super) fn split(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, delimiter) = (operands.string(0)?, operands.string(1)?);
    let pieces: Array = pieces(text, delimiter).map(Value::from).collect();
    Ok(Some(pieces.into()))
}

/// The first pieces, or the last ones when the number is negative.
pub(super) fn split_n(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, delimiter) = (operands.string(0)?, operands.string(1)?);
    let number = operands.small_integer(2)?;
    let size = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let taken: Array = if number >= 0 {
        pieces(text, delimiter).take(size).map(Value::from).collect()
    } else {
        let all: Vec<&str> = pieces(text, delimiter).collect();
        let skipped = all.len().saturating_sub(size);
        all.into_iter().skip(skipped).map(Value::from).collect()
    };
    Ok(Some(taken.into()))
}

pub(super) fn substring(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let (offset, length) = (operands.small_integer(1)?, operands.small_integer(2)?);
    let Ok(offset) = usize::try_from(offset) else {
        return Err(BuiltinError::failed("negative offset"));
    };
    let after = skip_chars(text, offset);
    let part = match usize::try_from(length) {
        Ok(length) => after.get(..after.len() - skip_chars(after, length).len()).unwrap_or(after),
        Err(_) => after,
    };
    Ok(Some(part.into()))
}

/// The pieces between the delimiters; between all characters when the delimiter is empty.
fn pieces<'a>(text: &'a str, delimiter: &'a str) -> impl Iterator<Item = &'a str> {
    let by_char = delimiter.is_empty().then(|| text.split("").filter(|piece| !piece.is_empty()));
    let by_delimiter = (!delimiter.is_empty()).then(|| text.split(delimiter));
    by_char.into_iter().flatten().chain(by_delimiter.into_iter().flatten())
}

fn skip_chars(text: &str, number: usize) -> &str {
    text.char_indices().nth(number).and_then(|(offset, _)| text.get(offset..)).unwrap_or("")
}
