//! Semantic versions.

use std::cmp::Ordering;

use super::Shape::{Any, Boolean, Number, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::{Value, rego_string};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new(
        "semver.compare",
        "-1, 0 or 1 as one semantic version comes before, equals or comes after another.",
    )
    .takes(&[named("a", String), named("b", String)])
    .returns(named("result", Number))
    .does(compare),
    Signature::new("semver.is_valid", "Whether a value is a semantic version.")
        .takes(&[named("vsn", Any)])
        .returns(named("result", Boolean))
        .does(is_valid),
];

fn compare(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (a, b) = (operands.string(0)?, operands.string(1)?);
    let invalid = |position: u8, text: &str| {
        let text = rego_string(text);
        BuiltinError::failed(format!("operand {position}: string {text} is not a valid SemVer"))
    };
    let a = Version::parse(a).ok_or_else(|| invalid(1, a))?;
    let b = Version::parse(b).ok_or_else(|| invalid(2, b))?;
    Ok(Some(Value::from(a.compare(&b) as i64)))
}

fn is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let valid = operands.value(0)?.as_str().is_some_and(|text| Version::parse(text).is_some());
    Ok(Some(valid.into()))
}

/// A version by semver.org 2.0.0, with a `v` before it if one likes; numbers up to 2^63 - 1.
struct Version<'a> {
    core: [i64; 3],
    pre_release: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = cut(text, '+');
        let (text, pre_release) = cut(text, '-');
        let identifiers_fit = metadata.is_none_or(are_identifiers)
            && pre_release.is_none_or(|text| {
                are_identifiers(text)
                    && !text.split('.').any(|part| is_numeric(part) && has_leading_zero(part))
            });
        if !identifiers_fit {
            return None;
        }
        let mut numbers = text.split('.').map(core_number);
        let core = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(Self { core, pre_release: pre_release.unwrap_or("") })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.core.cmp(&other.core).then_with(|| match (self.pre_release, other.pre_release) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (ours, theirs) => compare_pre_releases(ours, theirs),
        })
    }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn are_identifiers(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(allowed))
}

fn is_numeric(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(part: &str) -> bool {
    part.len() > 1 && part.starts_with('0')
}

fn core_number(part: &str) -> Option<i64> {
    if is_numeric(part) && !has_leading_zero(part) { part.parse().ok() } else { None }
}

/// Numbers come before words, and the shorter of two lists that begin alike before the longer.
fn compare_pre_releases(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        let order = match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (is_numeric(a), is_numeric(b)) {
                (true, true) => capped(a).cmp(&capped(b)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// OPA takes all numbers above 2^63 - 1 for that one.
fn capped(digits: &str) -> i64 {
    digits.parse().unwrap_or(i64::MAX)
}
