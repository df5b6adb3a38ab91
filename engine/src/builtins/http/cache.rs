//! Which responses may be used again, and how long (RFC 9111 as far as OPA follows it).

use super::response::header;
use crate::builtins::calendar::Civil;
use crate::host::HttpResponse;

/// A response that later queries may use.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) response: HttpResponse,
    /// Nanoseconds since 1970.
    pub(super) expires: i128,
}

impl Stored {
    /// The response, if it may be stored: for so many seconds if that is forced, otherwise as long as its headers say.
    pub(super) fn new(response: &HttpResponse, forced: Option<u32>, now: i64) -> Option<Self> {
        let storable = forced.is_some() || directive(response, "no-store").is_none();
        if !storable || !is_cacheable(response.status_code) {
            return None;
        }
        let expires = match forced {
            Some(seconds) => i128::from(now) + i128::from(seconds) * SECOND,
            None => expiry(response)?,
        };
        Some(Self { response: response.clone(), expires })
    }

    /// The stored response with the headers of one that says it is still right.
    pub(super) fn renewed(
        mut self,
        not_modified: &HttpResponse,
        forced: Option<u32>,
        now: i64,
    ) -> Option<Self> {
        let newer =
            |name: &str| not_modified.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        self.response.headers.retain(|(name, _)| !newer(name));
        self.response.headers.extend(not_modified.headers.iter().cloned());
        self.expires = match forced {
            Some(seconds) => i128::from(now) + i128::from(seconds) * SECOND,
            None => expiry(not_modified)?,
        };
        Some(self)
    }

    /// The headers that ask whether it is still right; none if there is nothing to ask with.
    pub(super) fn questions(&self) -> Vec<(String, String)> {
        let question = |name: &str, validator: &str| {
            let validator = header(&self.response, validator);
            (!validator.is_empty()).then(|| (name.to_owned(), validator.to_owned()))
        };
        let questions = [question("If-None-Match", "etag"), question("If-Modified-Since", "last-modified")];
        questions.into_iter().flatten().collect()
    }
}

/// Whether responses with this status may be used again.
pub(super) fn is_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 404 | 405 | 410 | 414 | 501)
}

/// When a response is no longer fresh. None if its headers are wrong; the year 1 if they say nothing.
fn expiry(response: &HttpResponse) -> Option<i128> {
    let Some(max_age) = directive(response, "max-age") else {
        return Some(parse_time(header(response, "expires")).unwrap_or(i128::MIN));
    };
    if max_age.is_empty() || !max_age.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = max_age.parse::<u32>().unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs());
    Some(parse_time(header(response, "date"))? + i128::from(seconds) * SECOND)
}

/// The value of a directive of `Cache-Control`; empty for one without value.
fn directive<'a>(response: &'a HttpResponse, name: &str) -> Option<&'a str> {
    let parts = header(response, "cache-control").split(',').map(|part| part.trim_matches(' '));
    let directives = parts
        .filter(|part| part.matches('=').count() <= 1)
        .map(|part| part.split_once('=').unwrap_or((part, "")));
    directives.filter(|(other, _)| other.trim_matches(' ') == name).map(|(_, value)| value).next_back()
}

/// Nanoseconds of a date in one of HTTP's three forms (RFC 9110, section 5.6.7).
fn parse_time(text: &str) -> Option<i128> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match words.as_slice() {
        [_, day, month, year, time, zone] if *zone == "GMT" => (*day, *month, *year, *time),
        [_, month, day, time, year] => (*day, *month, *year, *time),
        _ => return None,
    };
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month).map(|(_, number)| number)?;
    let year = match (year.len(), year.parse::<i64>().ok()?) {
        (2, year @ 69..) => year + 1900,
        (2, year) => year + 2000,
        (_, year) => year,
    };
    let mut clock = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let civil = Civil { year, month, day: day.parse().ok()?, hour, minute, second };
    clock.next().is_none().then(|| civil.to_seconds()).flatten().map(|seconds| i128::from(seconds) * SECOND)
}

const SECOND: i128 = 1_000_000_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
