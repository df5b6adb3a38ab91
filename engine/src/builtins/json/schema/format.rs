//! The formats of strings, as lenient as OPA's.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ::regex::Regex;

use crate::builtins::uri;

/// Whether a string has a format; one that is not known every string has.
pub(super) fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date" => is_date(text),
        "time" => is_time(text, Zone::Optional, Fraction::Allowed),
        "date-time" => {
            is_date(text) || is_time(text, Zone::Optional, Fraction::Allowed) || is_date_time(text)
        }
        "hostname" => HOSTNAME.as_ref().is_none_or(|regex| regex.is_match(text)) && text.len() < 256,
        "email" | "idn-email" => is_email(text),
        "ipv4" => {
            text.contains('.') && (text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok())
        }
        "ipv6" => text.contains(':') && text.parse::<Ipv6Addr>().is_ok(),
        "uri" | "iri" => uri::scheme(text).is_some_and(|scheme| !scheme.is_empty()) && !text.contains('\\'),
        "uri-reference" | "iri-reference" => uri::scheme(text).is_some() && !text.contains('\\'),
        "uri-template" => uri::path(text).is_some_and(|path| is_template(&path)) && !text.contains('\\'),
        "uuid" => is_uuid(text),
        "regex" => Regex::new(text).is_ok(),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        _ => true,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Optional,
    Required,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fraction {
    Allowed,
}

fn is_date(text: &str) -> bool {
    let [year, month, day] = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => [text.get(..4), text.get(5..7), text.get(8..)].map(number),
        _ => return false,
    };
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `15:04:05`, where Go lets the hour have one digit and takes a fraction after the seconds.
fn is_time(text: &str, zone: Zone, _: Fraction) -> bool {
    let (hour, rest) = text.split_once(':').unwrap_or((text, ""));
    let hour_is_right = hour.len() <= 2 && number(Some(hour)).is_some_and(|hour| hour < 24);
    let minute = number(rest.get(..2)).filter(|minute| *minute < 60);
    let second = rest.get(2..).and_then(|rest| rest.strip_prefix(':'));
    let Some(after) = second.and_then(|rest| {
        number(rest.get(..2)).filter(|second| *second < 60)?;
        rest.get(2..)
    }) else {
        return false;
    };
    let after = match after.strip_prefix(['.', ',']) {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        None => after,
    };
    hour_is_right && minute.is_some() && is_zone(after, zone)
}

fn is_zone(text: &str, zone: Zone) -> bool {
    match text.as_bytes() {
        [] => zone == Zone::Optional,
        [b'Z'] => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            let part = |range| number(text.get(range));
            part(1..3).is_some_and(|hour| hour <= 24) && part(4..6).is_some_and(|minute| minute < 60)
        }
        _ => false,
    }
}

fn is_date_time(text: &str) -> bool {
    let (date, time) = (text.get(..10), text.get(10..).and_then(|rest| rest.strip_prefix('T')));
    date.is_some_and(is_date) && time.is_some_and(|time| is_time(time, Zone::Required, Fraction::Allowed))
}

fn number(digits: Option<&str>) -> Option<u32> {
    digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// An address of RFC 5322, with or without a name before it.
fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    let address = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) if is_phrase(name.trim_matches([' ', '\t'])) => address,
        Some(_) => return false,
        None => text,
    };
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let domain_is_right = match literal {
        Some(literal) => literal.parse::<Ipv4Addr>().is_ok() || literal.parse::<Ipv6Addr>().is_ok(),
        None => is_dot_atom(domain),
    };
    (quoted || is_dot_atom(local)) && domain_is_right
}

fn is_phrase(name: &str) -> bool {
    let quoted = name.len() >= 2 && name.starts_with('"') && name.ends_with('"');
    quoted || name.split([' ', '\t']).all(|word| word.chars().all(|char| is_atom(char) || char == '.'))
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_atom(char: char) -> bool {
    char.is_ascii_alphanumeric() || !char.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(char)
}

/// Whether each `{` has its `}`.
fn is_template(path: &str) -> bool {
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { return false };
        rest = after;
    }
    true
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len).collect::<Vec<_>>();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn is_pointer(text: &str) -> bool {
    let escapes_are_right = |text: &str| text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    text.is_empty() || text.starts_with('/') && escapes_are_right(text)
}

fn is_relative_pointer(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits).unwrap_or((text, ""));
    !number.is_empty() && (number == "0" || !number.starts_with('0')) && (rest == "#" || is_pointer(rest))
}

/// Labels of letters, digits and hyphens in the middle.
static HOSTNAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    Regex::new(&format!(r"^{label}(\.{label})*$")).ok()
});
