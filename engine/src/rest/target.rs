//! Targets of requests: paths with their escapes, and parameters.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::value::{Number, Value};

/// Whether every `%` of a path starts an escape; Go's server answers others with 400 before anybody else sees them.
pub fn is_well_escaped(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    })
}

/// The path as Go's router has it: without empty segments, `.` and `..`. A slash at the end stays.
pub fn clean(path: &str) -> Cow<'_, str> {
    let is_clean = path.starts_with('/')
        && (path == "/" || path.split('/').skip(1).all(|part| !matches!(part, "." | "..")))
        && !path.contains("//");
    if is_clean {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut cleaned = format!("/{}", parts.join("/"));
    if path.ends_with('/') && cleaned != "/" {
        cleaned.push('/');
    }
    Cow::Owned(cleaned)
}

/// The text of a part of a path, with its escapes read; nothing if one is none. Bytes that are no UTF-8 become U+FFFD.
pub fn unescaped(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains('%') {
        return Some(Cow::Borrowed(part));
    }
    decode(part.as_bytes(), |_| None)
}

/// The steps from `data` on that a path names, as the data API reads it: empty segments are passed over, and what Go takes for an
/// integer is a number.
///
/// # Errors
/// The words about a segment with a quote in it, which can't be one.
pub fn steps(path: &str) -> Result<Vec<Value>, String> {
    let mut steps = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let text = unescaped(segment).unwrap_or(Cow::Borrowed(segment));
        if text.contains('"') {
            return Err(format!("invalid ref term '{text}'"));
        }
        steps.push(match integer(&text) {
            Some(number) => Value::Number(Number::from(number)),
            None => Value::from(&*text),
        });
    }
    Ok(steps)
}

/// The keys from the root of the store on that a path names, as writing reads it; nothing if an escape is none.
pub fn keys(path: &str) -> Option<Vec<String>> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/').map(|segment| unescaped(segment).map(Cow::into_owned)).collect()
}

/// Keys as OPA's messages show a path of its store.
pub fn shown(keys: &[String]) -> String {
    if keys.is_empty() {
        return "/".to_owned();
    }
    let mut shown = String::new();
    for key in keys {
        shown.push('/');
        for byte in key.bytes() {
            let is_plain = byte.is_ascii_alphanumeric() || b"-_.~$&+:=@".contains(&byte);
            if is_plain {
                shown.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(shown, "%{byte:02X}");
            }
        }
    }
    shown
}

/// The number that Go takes a text for: an integer of 64 bits, also with zeros after a point.
pub(super) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let (whole, zeros) = digits.split_once('.').unwrap_or((digits, ""));
    let fits = whole.bytes().all(|byte| byte.is_ascii_digit()) && zeros.bytes().all(|byte| byte == b'0');
    if !fits {
        return None;
    }
    let number: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(if text.starts_with('-') { -number } else { number })
}

/// More are no number for Go's reader here, whatever their value.
const MAX_DIGITS: usize = 19;

/// The parameters of a target, as Go reads them: what can't be read is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the part after `?`.
    pub fn read(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
        let read = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((form(name)?, form(value)?))
        });
        Self(read.collect())
    }

    /// Whether a switch is on: it is there without a value and only once, or has the value `true`.
    pub fn is_on(&self, name: &str) -> bool {
        let values: Vec<&str> = self.values(name).collect();
        values == [""] || values.iter().any(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The values of a parameter, in their order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The last value of a parameter.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// All parameters with their values, in the order in which they stand.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// A name or value of a form, in which a plus is a space.
fn form(text: &str) -> Option<String> {
    decode(text.as_bytes(), |byte| (byte == b'+').then_some(b' ')).map(Cow::into_owned)
}

fn decode(bytes: &[u8], plain: impl Fn(u8) -> Option<u8>) -> Option<Cow<'static, str>> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            decoded.push(plain(*byte).unwrap_or(*byte));
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let code = digit(*high)? * 16 + digit(*low)?;
        decoded.push(u8::try_from(code).ok()?);
        rest = after;
    }
    Some(Cow::Owned(match String::from_utf8(decoded) {
        Ok(text) => text,
        Err(error) => crate::document::replaced(error.as_bytes()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_cleans_them() {
        for (path, cleaned) in [
            ("/", "/"),
            ("/v1/data", "/v1/data"),
            ("/v1/data/", "/v1/data/"),
            ("/v1//data", "/v1/data"),
            ("/v1/./data/../x", "/v1/x"),
            ("/../..", "/"),
            ("//", "/"),
            ("/a/..", "/"),
            ("/a/...", "/a/..."),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn segments_are_strings_or_integers() {
        let shown = |path: &str| steps(path).map(|steps| format!("{steps:?}"));
        assert_eq!(
            shown("a/b%20c//0/-1/+2/3.0/1.5/x%ZZ").unwrap(),
            r#"["a", "b c", 0, -1, 2, 3, "1.5", "x%ZZ"]"#
        );
        assert_eq!(
            shown("99999999999999999999/9223372036854775808").unwrap(),
            r#"["99999999999999999999", "9223372036854775808"]"#
        );
        assert_eq!(shown("a%22b"), Err("invalid ref term 'a\"b'".to_owned()));
        assert_eq!(shown("%ff").unwrap(), "[\"\u{fffd}\"]");
    }

    #[test]
    fn paths_of_the_store_are_read_and_shown() {
        assert_eq!(keys("/a%2Fb/c d/"), Some(vec!["a/b".to_owned(), "c d".to_owned()]));
        assert_eq!(keys("//"), Some(vec![]));
        assert_eq!(keys("a%Z"), None);
        assert_eq!(shown(&["a/b".to_owned(), "ü".to_owned()]), "/a%2Fb/%C3%BC");
    }

    #[test]
    fn a_switch_is_on_without_a_value_or_with_true() {
        let on = |query: &str| Parameters::read(query).is_on("pretty");
        for query in ["pretty", "pretty=", "pretty=true", "pretty=TRUE", "pretty=x&pretty=true", "a;b&pretty"]
        {
            assert!(on(query), "{query}");
        }
        for query in ["", "pretty=1", "pretty&pretty", "prettyy", "pretty=%zz", "x=pretty", "pretty;a"] {
            assert!(!on(query), "{query}");
        }
        assert_eq!(Parameters::read("q=a+b%2B&q=c").last("q"), Some("c"));
        assert_eq!(Parameters::read("q=a+b%2B").last("q"), Some("a b+"));
    }

    #[test]
    fn a_percent_sign_starts_an_escape() {
        for good in ["/", "/%41", "/a%2f%2F"] {
            assert!(is_well_escaped(good), "{good}");
        }
        for bad in ["/%", "/%4", "/%zz", "/%4z", "/%%41"] {
            assert!(!is_well_escaped(bad), "{bad}");
        }
    }
}
