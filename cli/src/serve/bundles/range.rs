//! Parts of a bundle, by RFC 9110.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

/// Which part a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: no range is asked for, or several, or one that is not understood, all of which a server may ignore.
    Whole,
    /// These bytes; they are there, and at least one.
    Bytes(Range<usize>),
    /// Bytes after the end.
    Unsatisfiable,
}

/// The part of `length` bytes that the headers ask for.
pub(super) fn asked(headers: &HeaderMap, length: usize) -> Part {
    let mut values = headers.get_all(header::RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Part::Whole };
    value.to_str().ok().and_then(|text| parse(text, length)).unwrap_or(Part::Whole)
}

/// `bytes 0-9/100`.
pub(super) fn content_range(part: &Range<usize>, length: usize) -> HeaderValue {
    let last = part.end.saturating_sub(1);
    header_value(&format!("bytes {}-{last}/{length}", part.start))
}

/// `bytes */100`.
pub(super) fn no_range(length: usize) -> HeaderValue {
    header_value(&format!("bytes */{length}"))
}

/// None if it is not a single range of bytes.
fn parse(text: &str, length: usize) -> Option<Part> {
    let (unit, ranges) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let range = match ranges.trim().split_once('-')? {
        ("", count) => length.saturating_sub(position(count)?)..length,
        (first, "") => position(first)?..length,
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(length)
        }
    };
    Some(if range.is_empty() { Part::Unsatisfiable } else { Part::Bytes(range) })
}

/// A position; one that no number can hold is after every end.
fn position(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

fn header_value(text: &str) -> HeaderValue {
    // Digits and slashes are good for a header.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("bytes */*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_and_what_may_be_ignored_is() {
        for (text, part) in [
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=0-9", Part::Bytes(0..10)),
            ("bytes=2-", Part::Bytes(2..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("bytes=5-99999999999999999999999999", Part::Bytes(5..10)),
            ("Bytes= 1-2 ", Part::Bytes(1..3)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=10-12", Part::Unsatisfiable),
            ("bytes=99999999999999999999999999-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=3-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("", Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            assert_eq!(asked(&headers, 10), part, "{text}");
        }
        assert_eq!(asked(&HeaderMap::new(), 10), Part::Whole);
    }

    #[test]
    fn nothing_has_no_parts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=-5"));
        assert_eq!(asked(&headers, 0), Part::Unsatisfiable);
    }
}
