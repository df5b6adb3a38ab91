//! Whole numbers under the verbs `%v`, `%d`, `%b`, `%o`, `%O`, `%x`, `%X`, `%c`, `%q` and `%U`.

use super::argument::Written;
use super::directive::Directive;
use super::quote::{self, Alphabet};
use crate::value::{Integer, is_printable};

/// A number of 64 bits, as Go's `fmt` writes it.
pub(super) fn write(out: &mut String, value: i64, directive: &Directive) -> Written {
    let base = match directive.verb {
        'v' | 'd' => 10,
        'b' => 2,
        'o' | 'O' => 8,
        'x' | 'X' => 16,
        'c' => {
            directive.pad(out, character(value).encode_utf8(&mut [0; 4]));
            return Written::Yes;
        }
        'q' => {
            let alphabet = if directive.flags.plus { Alphabet::Ascii } else { Alphabet::Unicode };
            let text = quote::quoted(character(value).encode_utf8(&mut [0; 4]), '\'', alphabet);
            directive.pad(out, &text);
            return Written::Yes;
        }
        'U' => {
            write_code_point(out, value, directive);
            return Written::Yes;
        }
        _ => return Written::No,
    };
    write_digits(out, value, base, directive);
    Written::Yes
}

/// A larger number, as Go's `big.Int` writes itself: precision and zeros go other ways.
pub(super) fn write_big(out: &mut String, value: &Integer, directive: &Directive) -> Written {
    let flags = directive.flags;
    let (base, prefix) = match directive.verb {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'O' => (8, "0o"),
        'd' | 's' | 'v' => (10, ""),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => return Written::No,
    };
    let prefix = if flags.sharp || directive.verb == 'O' { prefix } else { "" };
    let negative = *value < Integer::ZERO;
    let mut signed = *directive;
    signed.flags.plus |= flags.fields;
    let sign = sign(negative, &signed);
    let digits = value.magnitude().to_str_radix(base);
    let digits = if directive.verb == 'X' { digits.to_uppercase() } else { digits };
    let mut zeros = directive.precision.unwrap_or(0).saturating_sub(digits.len());
    let length = sign.len() + prefix.len() + zeros + digits.len();
    let missing = directive.width.unwrap_or(0).saturating_sub(length);
    let (mut left, mut right) = (0, 0);
    match (flags.minus, flags.zero && directive.precision.is_none()) {
        (true, _) => right = missing,
        (false, true) => zeros = missing,
        (false, false) => left = missing,
    }
    out.extend(std::iter::repeat_n(' ', left));
    out.push_str(sign);
    out.push_str(prefix);
    out.extend(std::iter::repeat_n('0', zeros));
    out.push_str(&digits);
    out.extend(std::iter::repeat_n(' ', right));
    Written::Yes
}

fn write_digits(out: &mut String, value: i64, base: u32, directive: &Directive) {
    let flags = directive.flags;
    let negative = value < 0;
    let least = match (directive.precision, directive.width) {
        (Some(0), width) if value == 0 => {
            // Nothing, in the width that is asked for.
            return directive.without_zeros().write_padding(out, width.unwrap_or(0));
        }
        (Some(precision), _) => precision,
        (None, Some(width)) if flags.zero && !flags.minus => {
            width - usize::from(width > 0 && (negative || flags.plus || flags.space))
        }
        (None, _) => 0,
    };
    let magnitude = value.unsigned_abs();
    let digits = match (base, directive.verb) {
        (2, _) => format!("{magnitude:b}"),
        (8, _) => format!("{magnitude:o}"),
        (16, 'X') => format!("{magnitude:X}"),
        (16, _) => format!("{magnitude:x}"),
        _ => magnitude.to_string(),
    };
    let zeros = "0".repeat(least.saturating_sub(digits.len()));
    let prefix = match directive.verb {
        'O' if flags.sharp && zeros.is_empty() && !digits.starts_with('0') => "0o0",
        'O' => "0o",
        'b' if flags.sharp => "0b",
        'o' if flags.sharp && zeros.is_empty() && !digits.starts_with('0') => "0",
        'x' if flags.sharp => "0x",
        'X' if flags.sharp => "0X",
        _ => "",
    };
    let sign = sign(negative, directive);
    directive.without_zeros().pad(out, &format!("{sign}{prefix}{zeros}{digits}"));
}

fn sign(negative: bool, directive: &Directive) -> &'static str {
    match (negative, directive.flags.plus, directive.flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn write_code_point(out: &mut String, value: i64, directive: &Directive) {
    let digits = format!("{value:X}");
    let least = directive.precision.unwrap_or(0).max(4);
    let zeros = "0".repeat(least.saturating_sub(digits.len()));
    let printable = u32::try_from(value).ok().and_then(char::from_u32).filter(|shown| is_printable(*shown));
    let shown = match printable {
        Some(shown) if directive.flags.sharp => format!(" '{shown}'"),
        _ => String::new(),
    };
    directive.without_zeros().pad(out, &format!("U+{zeros}{digits}{shown}"));
}

/// The character of a code point; the replacement character for those that there are not.
fn character(value: i64) -> char {
    u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
