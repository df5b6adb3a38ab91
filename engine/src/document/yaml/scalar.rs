//! What the text of a YAML scalar means to OPA's loader.
//!
//! OPA reads YAML with go.yaml.in/yaml/v3: the words of YAML 1.2's core schema, with the number forms of 1.1.

use std::sync::Arc;

use super::base64;
use crate::document::node::NodeKind;
use crate::value::Number;

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(Arc<str>),
    /// The key `<<`, which brings in the entries of its value.
    Merge,
}

/// Decides what `text` means. `tag` is the tag as written after handles are resolved, with `!!` for YAML's own.
///
/// # Errors
///
/// A message, when the text can't have the type that the tag asks for.
pub(super) fn resolve(tag: Option<&str>, text: &str, plain: bool) -> Result<Scalar, String> {
    let implied = match tag {
        None | Some("!") if text == "<<" && plain => return Ok(Scalar::Merge),
        None | Some("!") => return Ok(if plain { implicit(text) } else { Scalar::String(text.into()) }),
        Some("!!merge") if text == "<<" => return Ok(Scalar::Merge),
        Some("!!binary") => {
            let text = base64::decode_to_text(text).ok_or("!!binary value contains invalid base64 data")?;
            return Ok(Scalar::String(text.into()));
        }
        Some("!!null" | "!!bool" | "!!int" | "!!float") => implicit(text),
        Some("!!timestamp") => return Err("the tag !!timestamp is not supported".to_owned()),
        Some(_) => return Ok(Scalar::String(text.into())),
    };
    let wanted = tag.unwrap_or_default();
    match (wanted, implied) {
        (wanted, implied) if wanted == implied.tag() => Ok(implied),
        #[expect(clippy::cast_precision_loss, reason = "the tag asks for a double")]
        ("!!float", Scalar::Integer(value)) if i64::try_from(value).is_ok() => {
            Ok(Scalar::Float(value as f64))
        }
        (wanted, implied) => Err(format!("cannot decode {} `{text}` as a {wanted}", implied.tag())),
    }
}

impl Scalar {
    /// The node of this scalar.
    ///
    /// # Errors
    ///
    /// A message, for the numbers that JSON has not.
    pub(super) fn to_kind(&self) -> Result<NodeKind, String> {
        Ok(match self {
            Self::Null => NodeKind::Null,
            Self::Bool(value) => NodeKind::Bool(*value),
            Self::Integer(value) => number(&value.to_string())?,
            Self::Float(value) => number(&json_float(*value))?,
            Self::String(text) => NodeKind::String(Arc::clone(text)),
            Self::Merge => NodeKind::String("<<".into()),
        })
    }

    /// The text that the scalar becomes as a key; null can be none.
    pub(super) fn to_key(&self) -> Option<Arc<str>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(value) => value.to_string().into(),
            Self::Integer(value) => value.to_string().into(),
            Self::Float(value) => key_float(*value).into(),
            Self::String(text) => Arc::clone(text),
            Self::Merge => "<<".into(),
        })
    }

    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Integer(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::String(_) => "!!str",
            Self::Merge => "!!merge",
        }
    }
}

/// The meaning of a plain scalar without a tag.
pub(super) fn implicit(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => {
            let number = match text.as_bytes().first() {
                Some(b'.') => dotted_float(text).map(Scalar::Float),
                Some(b'+' | b'-' | b'0'..=b'9') => signed_number(text),
                Some(_) | None => None,
            };
            number.unwrap_or_else(|| Scalar::String(text.into()))
        }
    }
}

/// A number that starts with a sign or a digit; underscores may stand anywhere after that.
fn signed_number(text: &str) -> Option<Scalar> {
    let text = text.replace('_', "");
    let integer = prefixed_integer(&text).or_else(|| loose_integer(&text));
    let float = || is_float(&text).then(|| finite(&text)).flatten().map(Scalar::Float);
    // A prefix leaves nothing that could be a float, so the order of the two does not matter.
    integer.map(Scalar::Integer).or_else(float)
}

/// `[+-]?` and decimal digits, or digits after `0x`, `0b`, `0o` or `0`, within 64 bits.
fn prefixed_integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        (8, rest)
    } else {
        (10, &*lower)
    };
    let signed = text.starts_with(['+', '-']);
    in_64_bits(sign * unsigned(digits, radix)?, signed)
}

/// The few forms that Go takes because it parses what follows `0b` or `0o` once more: `0b-1` is -1.
fn loose_integer(text: &str) -> Option<i128> {
    let (radix, rest) = match text.get(..2)? {
        "0b" => (2, text.get(2..)?),
        "0o" => (8, text.get(2..)?),
        _ => return None,
    };
    let (sign, digits) = match rest.as_bytes().first()? {
        b'-' => (-1, rest.get(1..)?),
        b'+' => (1, rest.get(1..)?),
        _ => return None,
    };
    in_64_bits(sign * unsigned(digits, radix)?, true)
}

fn unsigned(digits: &str, radix: u32) -> Option<i128> {
    if digits.starts_with(['+', '-']) { None } else { i128::from_str_radix(digits, radix).ok() }
}

/// Go reads signed texts as 64 bits with a sign, others also as 64 bits without one.
fn in_64_bits(value: i128, signed: bool) -> Option<i128> {
    let fits = i64::try_from(value).is_ok() || (!signed && u64::try_from(value).is_ok());
    fits.then_some(value)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let some_digits = |part: &str| !part.is_empty() && digits(part);
    let has_mantissa = match fraction {
        Some(fraction) if whole.is_empty() => some_digits(fraction),
        Some(fraction) => digits(whole) && digits(fraction),
        None => some_digits(whole),
    };
    has_mantissa
        && exponent.is_none_or(|exponent| some_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// A float that starts with its dot, in Go's syntax: an underscore may stand between two digits.
fn dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced =
        |at: usize, byte: u8| byte == b'_' && !(is_digit(at.checked_sub(1)) && is_digit(at.checked_add(1)));
    if bytes.iter().enumerate().any(|(at, byte)| misplaced(at, *byte)) {
        return None;
    }
    let text = text.replace('_', "");
    if is_float(&text) { finite(&text) } else { None }
}

/// The nearest double; a text beyond their range is no number to Go.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn number(text: &str) -> Result<NodeKind, String> {
    Number::parse(text).map(NodeKind::Number).ok_or_else(|| format!("unsupported value: {text}"))
}

/// The text of a double as Go's `encoding/json` writes it, or one that is no number for what JSON can't say.
fn json_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        if size < 1.0 { text } else { text.replace('e', "e+") }
    } else {
        value.to_string()
    }
}

/// The text of a double that is a key: rounded to single precision, as Go's `FormatFloat(value, 'g', -1, 32)`.
fn key_float(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "OPA rounds keys to single precision")]
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        single.to_string()
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}
