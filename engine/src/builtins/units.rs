//! Quantities with units.

use super::Shape::{Number, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{self, Integer, NumberError, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("units.parse", "The number that a quantity such as `10G` or `1500m` stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Number))
        .does(parse),
    Signature::new("units.parse_bytes", "The number of bytes that a size such as `10KiB` stands for.")
        .takes(&[named("x", String)])
        .returns(named("y", Number))
        .does(parse_bytes),
];

fn parse(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.string(0)?.replace('"', "");
    let words = Words { name: "units.parse", amount: "amount" };
    let (amount, unit) = words.split(&text)?;
    let unit = with_lower_rest(unit);
    // The first character tells `m` from `M`; the case of the others doesn't matter.
    let (factor, divisor) = match &*unit {
        // A thousandth as a double is a bit more than a thousandth.
        "m" => (MILLI, 1_u64 << MILLI_SHIFT),
        _ => match factor(&unit.to_ascii_lowercase()) {
            Some(factor) => (factor, 1),
            None => return Err(words.failed(&format!("unit {unit} not recognized"))),
        },
    };
    let (numerator, denominator) = words.number(amount)?.fraction();
    let (numerator, denominator) = (numerator * factor, denominator * Integer::from(divisor));
    if &numerator % &denominator == Integer::ZERO {
        return Ok(Some(value::Number::from(numerator / denominator).into()));
    }
    Ok(with_ten_places(&numerator, &denominator).map(Value::from))
}

fn parse_bytes(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = lower(operands.string(0)?).replace('"', "");
    let words = Words { name: "units.parse_bytes", amount: "byte amount" };
    let (amount, unit) = words.split(&text)?;
    let without_b = unit.strip_suffix('b').filter(|prefix| !prefix.is_empty()).unwrap_or(unit);
    let factor = factor(without_b);
    let factor = factor.ok_or_else(|| words.failed(&format!("byte unit {unit} not recognized")))?;
    Ok(Some(value::Number::from(words.number(amount)?.multiplied_and_cut(factor)?).into()))
}

/// What the two functions say when something is wrong.
struct Words {
    name: &'static str,
    amount: &'static str,
}

impl Words {
    fn failed(&self, message: &str) -> BuiltinError {
        BuiltinError::failed(format!("{}: {message}", self.name))
    }

    /// The amount and the unit.
    fn split<'a>(&self, text: &'a str) -> Result<(&'a str, &'a str), BuiltinError> {
        if text.contains(' ') {
            return Err(self.failed("spaces not allowed in resource strings"));
        }
        let end = amount_end(text.as_bytes()).ok_or_else(|| self.failed("exponent too large"))?;
        match text.split_at_checked(end) {
            Some((amount, unit)) if !amount.is_empty() => Ok((amount, unit)),
            Some(_) | None => Err(self.failed(&format!("no {} provided", self.amount))),
        }
    }

    fn number(&self, amount: &str) -> Result<value::Number, BuiltinError> {
        value::Number::parse_literal(amount).map_err(|error| match error {
            NumberError::TooBig => self.failed("number too big"),
            NumberError::Syntax => self.failed(&format!("could not parse {} to a number", self.amount)),
        })
    }
}

/// Where the amount ends; nothing when its exponent has too many digits.
fn amount_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => at += 1,
            b'e' | b'E' => {
                // Without digits or a sign behind it, this is a unit.
                let sign = match text.get(at + 1) {
                    Some(b'+' | b'-') => 1,
                    Some(b'0'..=b'9') => 0,
                    Some(_) | None => return Some(at),
                };
                at += 1 + sign;
                let digits = text.get(at..).unwrap_or_default();
                if digits.iter().take_while(|digit| digit.is_ascii_digit()).count() > MAX_EXPONENT_DIGITS {
                    return None;
                }
            }
            _ => return Some(at),
        }
    }
    Some(text.len())
}

/// How many a unit in lower case stands for.
fn factor(unit: &str) -> Option<u64> {
    let (letter, base) = unit.strip_suffix('i').map_or((unit, 1000_u64), |letter| (letter, 1024));
    let power = match letter {
        "" if base == 1000 => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return None,
    };
    Some(base.pow(power))
}

/// A unit with all but its first byte in lower case. Go cuts a longer character apart, and what is left of it is shown
/// as a mark for each byte.
fn with_lower_rest(unit: &str) -> std::string::String {
    let mut characters = unit.chars();
    let first = match characters.next() {
        Some(first) if first.is_ascii() => std::string::String::from(first),
        Some(first) => "\u{fffd}".repeat(first.len_utf8()),
        None => return std::string::String::new(),
    };
    first + &lower(characters.as_str())
}

/// Character by character, as Go does it.
fn lower(text: &str) -> std::string::String {
    text.chars().filter_map(|character| character.to_lowercase().next()).collect()
}

/// The quotient with ten digits after the point, the last one rounded, halves away from zero.
fn with_ten_places(numerator: &Integer, denominator: &Integer) -> Option<value::Number> {
    let sign = if *numerator < Integer::ZERO { "-" } else { "" };
    let doubled = Integer::from(numerator.magnitude().clone()) * (2 * TEN_PLACES) + denominator;
    let scaled = doubled / (denominator * 2_u8);
    let (whole, fraction) = (&scaled / TEN_PLACES, &scaled % TEN_PLACES);
    value::Number::parse(&format!("{sign}{whole}.{fraction:010}"))
}

/// 0.001 as a double is this divided by `2^MILLI_SHIFT`.
const MILLI: u64 = 1_152_921_504_606_847;

const MILLI_SHIFT: u32 = 60;

const TEN_PLACES: u64 = 10_000_000_000;

const MAX_EXPONENT_DIGITS: usize = 6;
