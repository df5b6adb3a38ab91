//! The first pass: whether a text is JSON, and which of its objects are not sorted.

use std::borrow::Cow;

use super::scan::{RawString, Scanner};
use super::{NotJson, Place, Unsorted};
use crate::value::MAX_DEPTH;

/// Checks a text.
///
/// # Errors
/// That it is no JSON, or 4 GiB long.
pub(super) fn check(text: &str) -> Result<Vec<Unsorted>, NotJson> {
    if u32::try_from(text.len()).is_err() {
        return Err(NotJson);
    }
    let mut check =
        Check { scanner: Scanner::new(text), open: Vec::new(), places: Vec::new(), unsorted: Vec::new() };
    check.document()?;
    // Inner objects ended before the ones around them.
    check.unsorted.sort_unstable_by_key(|object| object.start);
    Ok(check.unsorted)
}

struct Check<'a> {
    scanner: Scanner<'a>,
    open: Vec<Open<'a>>,
    /// The entries of all open objects.
    places: Vec<Place>,
    unsorted: Vec<Unsorted>,
}

/// An array or object that is not read to its end.
enum Open<'a> {
    Array,
    Object(OpenObject<'a>),
}

struct OpenObject<'a> {
    start: u32,
    /// Its first entry among the places.
    first: usize,
    last_key: RawString<'a>,
    is_sorted: bool,
}

impl<'a> Check<'a> {
    fn document(&mut self) -> Result<(), NotJson> {
        loop {
            self.scanner.skip_space();
            let opens = match self.scanner.peek().ok_or(NotJson)? {
                b'[' => self.open_array()?,
                b'{' => self.open_object()?,
                b'"' => {
                    self.scanner.string()?;
                    false
                }
                _ => {
                    self.scanner.scalar()?;
                    false
                }
            };
            if !opens && self.close()? {
                return Ok(());
            }
        }
    }

    /// Whether a value follows.
    fn open_array(&mut self) -> Result<bool, NotJson> {
        self.enter()?;
        if self.scanner.takes(b']') {
            return Ok(false);
        }
        self.open.push(Open::Array);
        Ok(true)
    }

    /// Likewise.
    fn open_object(&mut self) -> Result<bool, NotJson> {
        let start = offset(self.scanner.at);
        self.enter()?;
        if self.scanner.takes(b'}') {
            return Ok(false);
        }
        let first = self.places.len();
        let last_key = self.key()?;
        self.open.push(Open::Object(OpenObject { start, first, last_key, is_sorted: true }));
        Ok(true)
    }

    fn enter(&mut self) -> Result<(), NotJson> {
        if self.open.len() >= MAX_DEPTH {
            return Err(NotJson);
        }
        self.scanner.at += 1;
        self.scanner.skip_space();
        Ok(())
    }

    /// After a value: closes what ends with it, up to the next value. Whether the document ends.
    fn close(&mut self) -> Result<bool, NotJson> {
        loop {
            self.scanner.skip_space();
            match self.open.pop() {
                None => return if self.scanner.peek().is_none() { Ok(true) } else { Err(NotJson) },
                Some(Open::Array) => {
                    if self.scanner.takes(b',') {
                        self.open.push(Open::Array);
                        return Ok(false);
                    }
                    self.scanner.expect(b']')?;
                }
                Some(Open::Object(mut object)) => {
                    if self.scanner.takes(b',') {
                        let key = self.key()?;
                        object.is_sorted = object.is_sorted && is_before(object.last_key, key);
                        object.last_key = key;
                        self.open.push(Open::Object(object));
                        return Ok(false);
                    }
                    self.scanner.expect(b'}')?;
                    if !object.is_sorted {
                        self.sort(&object);
                    }
                    self.places.truncate(object.first);
                }
            }
        }
    }

    /// Steps over a key and its colon, and notes where they stand.
    fn key(&mut self) -> Result<RawString<'a>, NotJson> {
        self.scanner.skip_space();
        let start = offset(self.scanner.at);
        let key = self.scanner.string()?;
        self.scanner.skip_space();
        self.scanner.expect(b':')?;
        self.scanner.skip_space();
        self.places.push(Place { key: start, value: offset(self.scanner.at) });
        Ok(key)
    }

    fn sort(&mut self, object: &OpenObject<'_>) {
        let text = self.scanner.text;
        let key = |place: &Place| -> Cow<'_, str> {
            let mut scanner = Scanner { text, at: usize::try_from(place.key).unwrap_or(usize::MAX) };
            scanner.string().map(RawString::decoded).unwrap_or_default()
        };
        let places = self.places.get(object.first..).unwrap_or_default();
        let mut entries: Vec<(Cow<'_, str>, Place)> =
            places.iter().map(|place| (key(place), *place)).collect();
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        // Of equal keys the last counts.
        entries.dedup_by(|(key, place), (kept_key, kept)| {
            let is_same = key == kept_key;
            if is_same {
                *kept = *place;
            }
            is_same
        });
        let places = entries.into_iter().map(|(_, place)| place).collect();
        self.unsorted.push(Unsorted { start: object.start, end: offset(self.scanner.at), places });
    }
}

fn is_before(left: RawString<'_>, right: RawString<'_>) -> bool {
    if left.has_escapes || right.has_escapes {
        left.decoded() < right.decoded()
    } else {
        left.text < right.text
    }
}

/// The text is shorter than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
