//! Doubles under the verbs `%v`, `%e`, `%E`, `%f`, `%F`, `%g`, `%G`, `%b`, `%x` and `%X`.

use super::argument::Written;
use super::directive::Directive;

/// A finite number.
pub(super) fn write(out: &mut String, value: f64, directive: &Directive) -> Written {
    let precision = directive.precision;
    let magnitude = value.abs();
    let digits = match directive.verb {
        'v' | 'g' => general(magnitude, precision),
        'G' => general(magnitude, precision).to_uppercase(),
        'e' => scientific(magnitude, Some(precision.unwrap_or(DEFAULT_PRECISION))),
        'E' => scientific(magnitude, Some(precision.unwrap_or(DEFAULT_PRECISION))).to_uppercase(),
        'f' | 'F' => fixed(magnitude, precision.unwrap_or(DEFAULT_PRECISION)),
        'b' => binary(magnitude),
        'x' => hexadecimal(magnitude, precision),
        'X' => hexadecimal(magnitude, precision).to_uppercase(),
        _ => return Written::No,
    };
    let digits = if directive.flags.sharp { with_point(digits, directive) } else { digits };
    let flags = directive.flags;
    let sign = match (value.is_sign_negative(), flags.plus, flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    // Zeros come between sign and digits.
    let missing = directive.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    if flags.zero && !flags.minus && !sign.is_empty() && missing > 0 {
        out.push_str(sign);
        directive.write_padding(out, missing);
        out.push_str(&digits);
    } else {
        directive.pad(out, &format!("{sign}{digits}"));
    }
    Written::Yes
}

/// The shorter of the two notations, without zeros at the end.
fn general(value: f64, precision: Option<usize>) -> String {
    // Nobody needs more digits than the exact value has.
    let precision = precision.map(|precision| precision.clamp(1, MOST_DIGITS));
    let text = scientific(value, precision.map(|precision| precision - 1));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let kept = digits.trim_end_matches('0').len().max(1);
    digits.truncate(kept);
    let length = i32::try_from(kept).unwrap_or(i32::MAX);
    let limit = match precision {
        None => SHORTEST_LIMIT,
        // Go asks how many digits it has, and it has none of those that are zeros at the end.
        Some(precision) => {
            let precision = i32::try_from(precision).unwrap_or(i32::MAX);
            if precision > length && length > exponent { length } else { precision }
        }
    };
    if exponent < -4 || exponent >= limit {
        let (first, others) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let dot = if others.is_empty() { "" } else { "." };
        return format!("{first}{dot}{others}e{}", signed_exponent(exponent));
    }
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("0.{zeros}{digits}");
    }
    let whole = usize::try_from(exponent).unwrap_or(0) + 1;
    match digits.split_at_checked(whole) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits}{}", "0".repeat(whole - digits.len())),
    }
}

/// No exponent. Past the digits of the exact value there are only zeros, which the standard library doesn't write.
fn fixed(value: f64, precision: usize) -> String {
    let exact = precision.min(MOST_DIGITS);
    format!("{value:.exact$}{}", "0".repeat(precision - exact))
}

/// One digit before the point, and an exponent of two digits or more.
fn scientific(value: f64, precision: Option<usize>) -> String {
    let exact = precision.map(|precision| precision.min(MOST_DIGITS));
    let zeros = precision.unwrap_or(0) - exact.unwrap_or(0);
    let text = exact.map_or_else(|| format!("{value:e}"), |exact| format!("{value:.exact$e}"));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{mantissa}{}e{}", "0".repeat(zeros), signed_exponent(exponent.parse().unwrap_or(0)))
}

fn signed_exponent(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{:02}", exponent.unsigned_abs())
}

/// The mantissa as a whole number, and the power of two that it is multiplied with.
fn binary(value: f64) -> String {
    let (mantissa, exponent) = parts(value);
    format!("{mantissa}p{exponent:+}")
}

/// One bit before the point, hexadecimal digits after it, and the power of two.
fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let (mantissa, exponent) = parts(value);
    if mantissa == 0 {
        let zeros = "0".repeat(precision.unwrap_or(0));
        let dot = if zeros.is_empty() { "" } else { "." };
        return format!("0x0{dot}{zeros}p+00");
    }
    // The first bit comes to stand before 15 hexadecimal digits.
    let shift = mantissa.leading_zeros().saturating_sub(3);
    let mut mantissa = mantissa << shift;
    let mut exponent = exponent - i32::try_from(shift).unwrap_or(0) + HEX_BITS;
    if let Some(precision) = precision.filter(|precision| *precision < HEX_DIGITS) {
        let dropped = u32::try_from(4 * (HEX_DIGITS - precision)).unwrap_or(0);
        let (unit, rest) = (1_u64 << dropped, mantissa & ((1_u64 << dropped) - 1));
        mantissa -= rest;
        let odd = mantissa & unit != 0;
        if rest > unit / 2 || (rest == unit / 2 && odd) {
            mantissa += unit;
        }
        if mantissa >> HEX_BITS > 1 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:015x}", mantissa & ((1_u64 << HEX_BITS) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => {
            let zeros = "0".repeat(precision.saturating_sub(HEX_DIGITS));
            fraction.chars().take(precision).chain(zeros.chars()).collect()
        }
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("0x1{dot}{fraction}p{}", signed_exponent(exponent))
}

/// Mantissa and exponent of a finite number that is not negative.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    let biased = i32::try_from((bits >> MANTISSA_BITS) & 0x7ff).unwrap_or(0);
    let mantissa = if biased == 0 { fraction } else { fraction | (1 << MANTISSA_BITS) };
    (mantissa, biased.max(1) - EXPONENT_BIAS)
}

/// A decimal point in any case, and the zeros at the end that `%g` leaves out.
fn with_point(text: String, directive: &Directive) -> String {
    if directive.verb == 'b' {
        return text;
    }
    let hexadecimal = matches!(directive.verb, 'x' | 'X');
    let marks: &[char] = if hexadecimal { &['p', 'P'] } else { &['e', 'E'] };
    let (number, tail) = text.split_at_checked(text.find(marks).unwrap_or(text.len())).unwrap_or((&text, ""));
    let wanted = match directive.verb {
        'v' | 'g' | 'G' | 'x' => directive.precision.unwrap_or(DEFAULT_PRECISION),
        _ => 0,
    };
    // All characters count from the first that is not zero, even the `x` of a hexadecimal number.
    let counted = number.chars().filter(|digit| *digit != '.').skip_while(|digit| *digit == '0').count();
    let lone_zero = usize::from(number == "0");
    let mut out = number.to_owned();
    if !number.contains('.') {
        out.push('.');
    }
    out.push_str(&"0".repeat(wanted.saturating_sub(counted + lone_zero)));
    out.push_str(tail);
    out
}

/// Digits after the point where nothing says how many.
const DEFAULT_PRECISION: usize = 6;

/// The exponent from which the shortest notation writes it.
const SHORTEST_LIMIT: i32 = 6;

/// More digits than the exact value of any double has.
const MOST_DIGITS: usize = 1100;

const MANTISSA_BITS: u32 = 52;

/// What to take from the exponent of a double so that it belongs to the mantissa as a whole number.
const EXPONENT_BIAS: i32 = 1023 + 52;

/// Hexadecimal digits behind the point, in all of which a mantissa has room.
const HEX_DIGITS: usize = 15;

const HEX_BITS: i32 = 60;
