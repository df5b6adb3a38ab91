//! Character classes, escapes and counts of regular expressions in Go's syntax.

use std::fmt::Write as _;

use super::names::unicode_class;
use super::translate::{Flags, SyntaxError, consumed};

/// A class that no character is in.
pub(super) const NOTHING: &str = "[a&&b]";

/// How often `{2,5}` repeats; no upper end for `{2,}`.
pub(super) struct Count<'p> {
    /// None when the numbers are too big or in the wrong order.
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
    /// What comes after it.
    pub(super) rest: &'p str,
}

/// Reads a count; none if the brace is only a brace.
pub(super) fn repeat_count(text: &str) -> Option<Count<'_>> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ',')?;
    let (inside, rest) = inside.split_at_checked(end)?;
    let rest = rest.strip_prefix('}')?;
    let (least, most) = match inside.split_once(',') {
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
        None => (number(inside)?, Some(number(inside)?)),
    };
    let fits = least <= MOST_REPEATS && most.is_none_or(|most| most <= MOST_REPEATS && least <= most);
    Some(Count { least: fits.then_some(least), most, rest })
}

/// Digits without a leading zero.
fn number(digits: &str) -> Option<u64> {
    let fits = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    fits.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Reads a bracket expression and gives its translation and what comes after it.
pub(super) fn bracketed(whole: &str, flags: Flags) -> Result<(String, &str), SyntaxError> {
    let mut rest = whole.strip_prefix('[').unwrap_or(whole);
    let negated = rest.strip_prefix('^');
    rest = negated.unwrap_or(rest);
    let mut inside = String::new();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some((class, after)) = posix_class(rest)? {
            inside.push_str(&class);
            rest = after;
        } else if let Some((class, after)) = escaped_class(rest)? {
            inside.push_str(&nested(&class));
            rest = after;
        } else {
            let before = rest;
            let (low, after) = class_char(rest, whole)?;
            rest = after;
            let mut high = low;
            if let Some(after) =
                rest.strip_prefix('-').filter(|after| !after.is_empty() && !after.starts_with(']'))
            {
                (high, rest) = class_char(after, whole)?;
                if high < low {
                    return Err(SyntaxError::new("invalid character class range", consumed(before, rest)));
                }
            }
            push_range(&mut inside, low, high);
        }
    }
    rest = rest.strip_prefix(']').unwrap_or(rest);
    let class = match (negated, inside.is_empty()) {
        (None, false) => format!("[{inside}]"),
        (None, true) => NOTHING.to_owned(),
        (Some(_), false) => format!("[^{inside}]"),
        (Some(_), true) => r"[\x{0}-\x{10FFFF}]".to_owned(),
    };
    let folded = flags.has(Flags::FOLD_CASE);
    Ok((if folded { format!("(?i:{class})") } else { class }, rest))
}

/// Reads `\d`, `\pL` and their like: the inside of a bracket expression, and what comes after. None for anything else.
pub(super) fn escaped_class(text: &str) -> Result<Option<(String, &str)>, SyntaxError> {
    let Some(letter) = text.strip_prefix('\\').and_then(|text| text.chars().next()) else { return Ok(None) };
    let after = text.get(2..).unwrap_or("");
    let class = match letter {
        'd' => DIGITS,
        's' => SPACES,
        'w' => WORDS,
        'D' => return Ok(Some((format!("^{DIGITS}"), after))),
        'S' => return Ok(Some((format!("^{SPACES}"), after))),
        'W' => return Ok(Some((format!("^{WORDS}"), after))),
        'p' | 'P' => return unicode(text).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((class.to_owned(), after)))
}

/// Reads `\p{Greek}`, `\pN`, `\P{^Greek}`.
fn unicode(text: &str) -> Result<(String, &str), SyntaxError> {
    let mut negated = text.starts_with(r"\P");
    let after = text.get(2..).unwrap_or("");
    let (name, rest) = match after.strip_prefix('{') {
        Some(inside) => {
            inside.split_once('}').ok_or_else(|| SyntaxError::new("invalid character class range", text))?
        }
        None => after.split_at(after.chars().next().map_or(0, char::len_utf8)),
    };
    let positive = name.strip_prefix('^');
    negated ^= positive.is_some();
    let class = unicode_class(positive.unwrap_or(name))
        .ok_or_else(|| SyntaxError::new("invalid character class range", consumed(text, rest)))?;
    Ok((if negated { format!("^{}", nested(&class)) } else { class }, rest))
}

/// Reads `[:alpha:]`.
fn posix_class(text: &str) -> Result<Option<(String, &str)>, SyntaxError> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) else {
        return Ok(None);
    };
    let positive = name.strip_prefix('^');
    let ranges = match positive.unwrap_or(name) {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => r"\x00-\x7F",
        "blank" => r"\x09\x20",
        "cntrl" => r"\x00-\x1F\x7F",
        "digit" => DIGITS,
        "graph" => r"\x21-\x7E",
        "lower" => "a-z",
        "print" => r"\x20-\x7E",
        "punct" => r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
        "space" => r"\x09-\x0D\x20",
        "upper" => "A-Z",
        "word" => WORDS,
        "xdigit" => "0-9A-Fa-f",
        _ => return Err(SyntaxError::new("invalid character class range", consumed(text, rest))),
    };
    let class = if positive.is_some() { format!("[^{ranges}]") } else { ranges.to_owned() };
    Ok(Some((class, rest)))
}

/// Reads a character that is no class, outside of brackets or within.
pub(super) fn escaped_char(text: &str) -> Result<(u32, &str), SyntaxError> {
    let after = text.get(1..).unwrap_or("");
    let mut chars = after.chars();
    let Some(c) = chars.next() else {
        return Err(SyntaxError::new("trailing backslash at end of expression", ""));
    };
    let invalid = |rest: &str| SyntaxError::new("invalid escape sequence", consumed(text, rest));
    let rest = chars.as_str();
    let code = match c {
        'a' => 0x07,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'v' => 0x0b,
        'x' => return hexadecimal(rest).map_err(invalid),
        // One digit that is not zero would refer back to a group.
        '1'..='7' if !rest.starts_with(|c: char| matches!(c, '0'..='7')) => return Err(invalid(rest)),
        '0'..='7' => {
            let more = rest.bytes().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let (digits, rest) = after.split_at(1 + more);
            return Ok((u32::from_str_radix(digits, 8).unwrap_or(0), rest));
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        _ => return Err(invalid(rest)),
    };
    Ok((code, rest))
}

/// Reads what follows `\x`: two digits, or any number of them in braces. An error is what is left after the mistake.
fn hexadecimal(text: &str) -> Result<(u32, &str), &str> {
    let mut chars = text.chars();
    match chars.next() {
        None => Err(text),
        Some('{') => {
            let mut code = 0;
            let mut digits = 0;
            while let Some(c) = chars.next() {
                if c == '}' && digits > 0 {
                    return Ok((code, chars.as_str()));
                }
                let Some(digit) = c.to_digit(16) else { break };
                code = code * 16 + digit;
                digits += 1;
                if code > u32::from(char::MAX) {
                    break;
                }
            }
            Err(chars.as_str())
        }
        Some(high) => {
            let low = chars.next().and_then(|low| low.to_digit(16));
            match high.to_digit(16).zip(low) {
                Some((high, low)) => Ok((high * 16 + low, chars.as_str())),
                None => Err(chars.as_str()),
            }
        }
    }
}

fn class_char<'p>(text: &'p str, whole: &str) -> Result<(u32, &'p str), SyntaxError> {
    let mut chars = text.chars();
    match chars.next() {
        None => Err(SyntaxError::new("missing closing ]", whole)),
        Some('\\') => escaped_char(text),
        Some(c) => Ok((u32::from(c), chars.as_str())),
    }
}

/// Writes a range without the surrogates, which no text has.
fn push_range(class: &mut String, low: u32, high: u32) {
    let around = [(low, high.min(0xd7ff)), (low.max(0xe000), high)];
    let whole = [(low, high)];
    let ranges = if high < 0xd800 || low > 0xdfff { &whole[..] } else { &around[..] };
    for (low, high) in ranges.iter().filter(|(low, high)| low <= high) {
        // Writing to a string can't fail.
        let _ = write!(class, r"\x{{{low:X}}}-\x{{{high:X}}}");
    }
}

/// A class within brackets.
fn nested(class: &str) -> String {
    format!("[{class}]")
}

const DIGITS: &str = "0-9";
const SPACES: &str = r"\x09\x0A\x0C\x0D\x20";
const WORDS: &str = "0-9A-Za-z_";

const MOST_REPEATS: u64 = 1000;
