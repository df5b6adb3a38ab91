//! Escapes of URLs, and the names and values of their queries, as Go's `net/url` has them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bytes::{hex_digit, quoted, text};
use super::json_value;
use crate::builtins::{Answer, BuiltinError, Context, Operands};
use crate::value::{Array, Value};

pub(super) fn encode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(escape(operands.string(0)?.as_bytes(), Part::Query).into()))
}

pub(super) fn decode(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let bytes = unescape(operands.string(0)?.as_bytes(), Part::Query).map_err(BuiltinError::Failed)?;
    Ok(Some(text(&bytes).into()))
}

pub(super) fn encode_object(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let json = json_value(operands.value(0)?)?;
    let Value::Object(object) = json else {
        return Err(operands.mismatch(0, "object"));
    };
    let wrong =
        || BuiltinError::Operand("operand 1 values must be string, array[string], or set[string]".to_owned());
    let mut pairs = Vec::new();
    for (name, values) in &object {
        let name = escape(name.as_str().unwrap_or_default().as_bytes(), Part::Query);
        let mut add = |value: &str| pairs.push(format!("{name}={}", escape(value.as_bytes(), Part::Query)));
        match values {
            Value::String(value) => add(value),
            Value::Array(values) => {
                for value in values {
                    add(value.as_str().ok_or_else(wrong)?);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Set(_) => {
                return Err(wrong());
            }
        }
    }
    Ok(Some(pairs.join("&").into()))
}

pub(super) fn decode_object(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let query = operands.string(0)?;
    if query.matches('&').count() >= MAX_PARAMETERS {
        return Err(BuiltinError::failed("number of URL query parameters exceeded limit"));
    }
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut error = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair.contains(';') {
            // Unlike the others this one takes the place of an earlier error.
            error = Some("invalid semicolon separator in query".to_owned());
            continue;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = unescape(name.as_bytes(), Part::Query);
        match name.and_then(|name| Ok((name, unescape(value.as_bytes(), Part::Query)?))) {
            Ok((name, value)) => values.entry(text(&name)).or_default().push(text(&value).into()),
            Err(wrong) => error = error.or(Some(wrong)),
        }
    }
    if let Some(error) = error {
        return Err(BuiltinError::Failed(error));
    }
    let entries = values.into_iter().map(|(name, all)| (name.into(), Array::from(all).into()));
    Ok(Some(Value::Object(entries.collect())))
}

/// A part of a URL, which decides what has to be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::builtins) enum Part {
    User,
    Host,
    /// What stands after `%25` in the address of a host.
    Zone,
    Path,
    Query,
    Fragment,
}

/// `bytes` with `%` and two digits for each byte that may not stand in this part.
pub(in crate::builtins) fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' if part == Part::Query => out.push('+'),
            byte if needs_escape(*byte, part) => {
                let _ = write!(out, "%{byte:02X}");
            }
            byte => out.push(char::from(*byte)),
        }
    }
    out
}

/// The bytes that an escaped part stands for.
///
/// # Errors
/// The first escape, or byte of a host, that is wrong, in Go's words.
pub(in crate::builtins) fn unescape(escaped: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        let in_host = matches!(part, Part::Host | Part::Zone);
        match first {
            b'%' => {
                let escape = rest.get(..3).unwrap_or(rest);
                let wrong = || format!("invalid URL escape {}", quoted(escape));
                let value = match escape {
                    [_, high, low] => {
                        hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high << 4 | low)
                    }
                    _ => None,
                };
                let value = value.ok_or_else(wrong)?;
                let allowed = match part {
                    Part::Host => value >= 0x80 || escape == b"%25",
                    Part::Zone => escape == b"%25" || value == b' ' || !needs_escape(value, Part::Host),
                    Part::User | Part::Path | Part::Query | Part::Fragment => true,
                };
                if !allowed {
                    return Err(wrong());
                }
                out.push(value);
                rest = rest.get(3..).unwrap_or_default();
                continue;
            }
            b'+' if part == Part::Query => out.push(b' '),
            byte if in_host && byte.is_ascii() && needs_escape(*byte, part) => {
                return Err(format!("invalid character {} in host name", quoted(&[*byte])));
            }
            byte => out.push(*byte),
        }
        rest = after;
    }
    Ok(out)
}

fn needs_escape(byte: u8, part: Part) -> bool {
    let always = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let here: &[u8] = match part {
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::Path => b"$&+,/:;=@",
        Part::User => b"$&+,;=",
        Part::Fragment => b"$&+,/:;=?@!()*",
        Part::Query => b"",
    };
    !always && !here.contains(&byte)
}

/// Go's limit for the parameters of a query.
const MAX_PARAMETERS: usize = 10_000;
