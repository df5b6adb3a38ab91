//! The second pass: writes a text that was checked.

use super::scan::{Piece, RawString, Scanner};
use super::{NotJson, Place, Unsorted};

/// Writes the canonical form of a text; `unsorted` are its objects that are not sorted, in the order in which they start.
///
/// # Errors
/// None for a text that was checked.
pub(super) fn write(text: &str, unsorted: &[Unsorted], out: impl FnMut(&[u8])) -> Result<(), NotJson> {
    let buffer = Vec::with_capacity(BUFFER);
    let mut writer = Writer { scanner: Scanner::new(text), unsorted, open: Vec::new(), buffer, out };
    writer.document()?;
    writer.flush();
    Ok(())
}

struct Writer<'a, F> {
    scanner: Scanner<'a>,
    unsorted: &'a [Unsorted],
    open: Vec<Open<'a>>,
    buffer: Vec<u8>,
    out: F,
}

/// An array or object that is not written to its end.
enum Open<'a> {
    Array,
    /// An object that is written as it stands.
    Object,
    /// One of which these entries are still to be written, and where it ends.
    Entries(std::slice::Iter<'a, Place>, u32),
}

impl<F: FnMut(&[u8])> Writer<'_, F> {
    fn document(&mut self) -> Result<(), NotJson> {
        loop {
            self.scanner.skip_space();
            let opens = match self.scanner.peek().ok_or(NotJson)? {
                b'[' => {
                    self.step(b'[');
                    self.scanner.skip_space();
                    if self.scanner.peek() == Some(b']') {
                        self.step(b']');
                        false
                    } else {
                        self.open.push(Open::Array);
                        true
                    }
                }
                b'{' => self.open_object()?,
                b'"' => {
                    let string = self.scanner.string()?;
                    self.string(string);
                    false
                }
                _ => {
                    let scalar = self.scanner.scalar()?;
                    self.push(scalar.as_bytes());
                    false
                }
            };
            if !opens && self.close()? {
                return Ok(());
            }
        }
    }

    /// Whether a value follows.
    fn open_object(&mut self) -> Result<bool, NotJson> {
        let start = self.scanner.at;
        self.step(b'{');
        if let Ok(index) = self.unsorted.binary_search_by(|object| to_usize(object.start).cmp(&start))
            && let Some(object) = self.unsorted.get(index)
        {
            let mut places = object.places.iter();
            let first = places.next().ok_or(NotJson)?;
            self.open.push(Open::Entries(places, object.end));
            self.entry(*first)?;
            return Ok(true);
        }
        self.scanner.skip_space();
        if self.scanner.peek() == Some(b'}') {
            self.step(b'}');
            return Ok(false);
        }
        self.open.push(Open::Object);
        self.key()?;
        Ok(true)
    }

    /// After a value: closes what ends with it, up to the next value. Whether the document ends.
    fn close(&mut self) -> Result<bool, NotJson> {
        loop {
            match self.open.last_mut() {
                None => return Ok(true),
                Some(Open::Array) => {
                    self.scanner.skip_space();
                    if self.scanner.peek() == Some(b',') {
                        self.step(b',');
                        return Ok(false);
                    }
                    self.step(b']');
                }
                Some(Open::Object) => {
                    self.scanner.skip_space();
                    if self.scanner.peek() == Some(b',') {
                        self.step(b',');
                        self.key()?;
                        return Ok(false);
                    }
                    self.step(b'}');
                }
                Some(Open::Entries(places, end)) => {
                    if let Some(place) = places.next().copied() {
                        self.push(b",");
                        self.entry(place)?;
                        return Ok(false);
                    }
                    self.scanner.at = to_usize(*end);
                    self.push(b"}");
                }
            }
            self.open.pop();
        }
    }

    /// Writes the key of an entry and goes to its value.
    fn entry(&mut self, place: Place) -> Result<(), NotJson> {
        self.scanner.at = to_usize(place.key);
        let key = self.scanner.string()?;
        self.string(key);
        self.push(b":");
        self.scanner.at = to_usize(place.value);
        Ok(())
    }

    /// Writes the next key and its colon.
    fn key(&mut self) -> Result<(), NotJson> {
        self.scanner.skip_space();
        let key = self.scanner.string()?;
        self.string(key);
        self.scanner.skip_space();
        self.step(b':');
        Ok(())
    }

    /// Writes a byte that comes next.
    fn step(&mut self, byte: u8) {
        self.scanner.at += 1;
        self.push(&[byte]);
    }

    fn string(&mut self, string: RawString<'_>) {
        self.push(b"\"");
        if string.has_escapes {
            string.each_piece(|piece| match piece {
                Piece::Literal(text) => self.literal(text),
                Piece::Escaped(char) => self.char(char),
            });
        } else {
            self.literal(string.text);
        }
        self.push(b"\"");
    }

    /// Writes characters of which none has to be escaped but the two separators.
    fn literal(&mut self, mut text: &str) {
        if !text.as_bytes().contains(&SEPARATOR_START) {
            self.push(text.as_bytes());
            return;
        }
        while let Some(at) = text.find(SEPARATORS) {
            let (before, rest) = text.split_at_checked(at).unwrap_or_default();
            self.push(before.as_bytes());
            let mut chars = rest.chars();
            if let Some(char) = chars.next() {
                self.char(char);
            }
            text = chars.as_str();
        }
        self.push(text.as_bytes());
    }

    fn char(&mut self, char: char) {
        match char {
            '"' => self.push(b"\\\""),
            '\\' => self.push(b"\\\\"),
            '\u{8}' => self.push(b"\\b"),
            '\u{c}' => self.push(b"\\f"),
            '\n' => self.push(b"\\n"),
            '\r' => self.push(b"\\r"),
            '\t' => self.push(b"\\t"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                self.push(format!("\\u{:04x}", u32::from(char)).as_bytes());
            }
            _ => self.push(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush();
            if bytes.len() > BUFFER {
                (self.out)(bytes);
                return;
            }
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        (self.out)(&self.buffer);
        self.buffer.clear();
    }
}

fn to_usize(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Line breaks to JavaScript, and so escaped by Go.
const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];
/// The first byte of both in UTF-8.
const SEPARATOR_START: u8 = 0xe2;
/// Digests are made faster of long pieces.
const BUFFER: usize = 1 << 16;
