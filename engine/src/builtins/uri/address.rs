//! The addresses that may stand between the brackets of a host.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::builtins::encoding::bytes::quoted;

/// Whether `text` is an IPv6 address, with or without a zone.
///
/// # Errors
/// What is wrong with it, in the words of Go's `net/netip` and `net/url`.
pub(super) fn check(text: &str) -> Result<(), String> {
    let failure = |message: &str, at: &str| {
        let place = if at.is_empty() { String::new() } else { format!(" (at {})", quoted(at.as_bytes())) };
        Err(format!("invalid host: ParseAddr({}): {message}{place}", quoted(text.as_bytes())))
    };
    match text.chars().find(|char| matches!(char, '.' | ':' | '%')) {
        Some(':') => {}
        Some('.') if text.parse::<Ipv4Addr>().is_ok() => return Err("invalid IP-literal".to_owned()),
        Some('.') => return failure(version_4_problem(text), ""),
        Some(_) => return failure("missing IPv6 address", ""),
        None => return failure("unable to parse IP", ""),
    }
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    if zone.is_some_and(str::is_empty) {
        return failure("zone must be a non-empty string", "");
    }
    if address.parse::<Ipv6Addr>().is_ok() {
        return Ok(());
    }
    let (message, at) = problem(address);
    failure(message, at)
}

/// What is wrong with an address that is no IPv6 address, and what is left of it there.
fn problem(address: &str) -> (&'static str, &str) {
    let mut rest = address;
    let mut elided = false;
    if let Some(after) = rest.strip_prefix("::") {
        (rest, elided) = (after, true);
    }
    for group in 0.. {
        if group == 8 {
            break;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let after = rest.get(digits..).unwrap_or_default();
        if digits > 4 {
            return ("each group must have 4 or less digits", rest);
        }
        if digits == 0 {
            return ("each colon-separated field must have at least one digit", rest);
        }
        if after.starts_with('.') {
            return match group {
                _ if !elided && group != 6 => {
                    ("embedded IPv4 address must replace the final 2 fields of the address", rest)
                }
                7.. => ("too many hex fields to fit an embedded IPv4 at the end of the address", rest),
                _ => (version_4_problem(rest), ""),
            };
        }
        let Some(next) = after.strip_prefix(':') else {
            return if after.is_empty() {
                (if elided { ELIDES_NOTHING } else { "address string too short" }, "")
            } else {
                ("unexpected character, want colon", after)
            };
        };
        if next.is_empty() {
            return ("colon must be followed by more characters", after);
        }
        rest = next;
        if let Some(next) = rest.strip_prefix(':') {
            if elided {
                return ("multiple :: in address", rest);
            }
            (rest, elided) = (next, true);
            if rest.is_empty() {
                return (ELIDES_NOTHING, "");
            }
        }
    }
    if rest.is_empty() { (ELIDES_NOTHING, "") } else { ("trailing garbage after address", rest) }
}

fn version_4_problem(address: &str) -> &'static str {
    let fields = || address.split('.');
    if fields().any(|field| field.bytes().any(|byte| !byte.is_ascii_digit())) {
        "unexpected character"
    } else if fields().any(|field| field.len() > 1 && field.starts_with('0')) {
        "IPv4 field has octet with leading zero"
    } else if fields().any(|field| !field.is_empty() && field.parse::<u8>().is_err()) {
        "IPv4 field has value >255"
    } else if fields().any(str::is_empty) {
        "IPv4 field must have at least one digit"
    } else if fields().count() > 4 {
        "IPv4 address too long"
    } else {
        "IPv4 address too short"
    }
}

const ELIDES_NOTHING: &str = "the :: must expand to at least one field of zeros";
