//! Bytes and the strings that stand for them: base64, hexadecimal digits, and text that is not quite UTF-8.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER};

use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{is_printable, rego_string};

pub(super) fn base64_encode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(BASE64.encode(operands.string(0)?.as_bytes()).into()))
}

pub(super) fn base64_decode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    decode(operands.string(0)?, Alphabet::Standard)
}

pub(super) fn base64_is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.value(0)?.as_str();
    Ok(Some(text.is_some_and(|text| from_base64(text, Alphabet::Standard).is_ok()).into()))
}

pub(super) fn base64url_encode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(BASE64URL.encode(operands.string(0)?.as_bytes()).into()))
}

pub(super) fn base64url_encode_no_pad(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(BASE64URL_NOPAD.encode(operands.string(0)?.as_bytes()).into()))
}

/// Padding may be left out.
pub(super) fn base64url_decode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?;
    let missing = match text.len() % 4 {
        _ if text.ends_with('=') => "",
        0 => "",
        2 => "==",
        3 => "=",
        _ => return Err(BuiltinError::failed(format!("illegal base64url string: {text}"))),
    };
    decode(&format!("{text}{missing}"), Alphabet::Url)
}

pub(super) fn hex_encode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(HEXLOWER.encode(operands.string(0)?.as_bytes()).into()))
}

pub(super) fn hex_decode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let digits = operands.string(0)?.as_bytes();
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        let mut byte = 0;
        for digit in pair {
            byte = (byte << 4) | hex_digit(*digit).ok_or_else(|| not_hexadecimal(*digit))?;
        }
        if pair.len() == 1 {
            return Err(BuiltinError::failed("encoding/hex: odd length hex string"));
        }
        bytes.push(byte);
    }
    Ok(Some(text(&bytes).into()))
}

/// The text that bytes encode; each byte that is not part of valid UTF-8 becomes U+FFFD.
///
/// OPA keeps such bytes until it writes the string as JSON, where it does the same.
pub(in crate::builtins) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// Bytes as Go's `strconv.Quote` shows them in messages.
pub(in crate::builtins) fn quoted(bytes: &[u8]) -> String {
    let mut out = "\"".to_owned();
    for chunk in bytes.utf8_chunks() {
        let valid = rego_string(chunk.valid());
        out.push_str(valid.trim_start_matches('"').strip_suffix('"').unwrap_or_default());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}

/// The value of a hexadecimal digit.
pub(in crate::builtins) fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[derive(Debug, Clone, Copy)]
enum Alphabet {
    Standard,
    Url,
}

fn decode(encoded: &str, alphabet: Alphabet) -> Answer {
    match from_base64(encoded, alphabet) {
        Ok(bytes) => Ok(Some(text(&bytes).into())),
        Err(at) => Err(BuiltinError::failed(format!("illegal base64 data at input byte {at}"))),
    }
}

/// Decodes padded base64, in which line breaks may stand anywhere and the bits that are left over may be any.
/// The error is the place where Go's `encoding/base64` finds it.
fn from_base64(encoded: &str, alphabet: Alphabet) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let mut symbols = encoded.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    loop {
        let mut bits = 0_u32;
        let mut read = 0;
        while read < 4 {
            match symbols.next() {
                None if read == 0 => return Ok(bytes),
                None => return Err(encoded.len() - read),
                Some((at, b'=')) => {
                    if read < 2 {
                        return Err(at);
                    }
                    if read == 2 {
                        match symbols.next() {
                            Some((_, b'=')) => {}
                            // Go names the byte before the one that it looks at.
                            Some((at, _)) => return Err(at - 1),
                            None => return Err(encoded.len()),
                        }
                    }
                    bits <<= 6 * (4 - read);
                    bytes.extend(bits.to_be_bytes().into_iter().skip(1).take(read - 1));
                    return symbols.next().map_or(Ok(bytes), |(at, _)| Err(at));
                }
                Some((at, symbol)) => {
                    bits = (bits << 6) | sextet(symbol, alphabet).ok_or(at)?;
                    read += 1;
                }
            }
        }
        bytes.extend(bits.to_be_bytes().into_iter().skip(1));
    }
}

fn sextet(symbol: u8, alphabet: Alphabet) -> Option<u32> {
    let value = match (symbol, alphabet) {
        (b'A'..=b'Z', _) => symbol - b'A',
        (b'a'..=b'z', _) => symbol - b'a' + 26,
        (b'0'..=b'9', _) => symbol - b'0' + 52,
        (b'+', Alphabet::Standard) | (b'-', Alphabet::Url) => 62,
        (b'/', Alphabet::Standard) | (b'_', Alphabet::Url) => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn not_hexadecimal(byte: u8) -> BuiltinError {
    let char = char::from(byte);
    let shown = if is_printable(char) { format!(" '{char}'") } else { String::new() };
    BuiltinError::failed(format!("encoding/hex: invalid byte: U+{byte:04X}{shown}"))
}
