//! The JSON reader: exact number texts, a place for everything, and no recursion.

use std::sync::Arc;

use super::offset;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::value::{MAX_DEPTH, Number, NumberError, rego_string};

/// Reads a whole JSON document.
pub(super) fn read<T: Tree>(source: SourceId, text: &str) -> Result<T, Diagnostic> {
    Reader { source, text, at: 0, recent: Recent::of(text) }.document()
}

/// Reads a whole JSON document that may start with a byte order mark.
pub(super) fn read_after_mark<T: Tree>(source: SourceId, text: &str) -> Result<T, Diagnostic> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    Reader { source, text, at, recent: Recent::of(text) }.document()
}

/// What a document is read into.
pub(super) trait Tree: Sized {
    /// One key of an object and its value.
    type Entry;

    fn scalar(span: Span, scalar: Scalar) -> Self;
    fn array(span: Span, items: Vec<Self>) -> Self;
    fn entry(key: Arc<str>, key_span: Span, value: Self) -> Self::Entry;
    /// Of entries as they stand in the text, repeated keys included.
    fn object(span: Span, entries: Vec<Self::Entry>) -> Self;
}

/// A value without parts.
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    /// Offset of the next byte.
    at: usize,
    recent: Recent,
}

/// An array or object that is not read to its end.
enum Open<T: Tree> {
    Array { start: usize, items: Vec<T> },
    Object { start: usize, entries: Vec<T::Entry>, key: (Arc<str>, Span) },
}

impl Reader<'_> {
    fn document<T: Tree>(&mut self) -> Result<T, Diagnostic> {
        let mut open: Vec<Open<T>> = Vec::new();
        loop {
            self.skip_space();
            let start = self.at;
            let mut value = match self.peek() {
                Some(b'[') => {
                    self.enter(open.len())?;
                    if self.closes(b']') {
                        T::array(self.span_from(start), Vec::new())
                    } else {
                        open.push(Open::Array { start, items: Vec::new() });
                        continue;
                    }
                }
                Some(b'{') => {
                    self.enter(open.len())?;
                    if self.closes(b'}') {
                        T::object(self.span_from(start), Vec::new())
                    } else {
                        let key = self.key()?;
                        open.push(Open::Object { start, entries: Vec::new(), key });
                        continue;
                    }
                }
                _ => self.scalar()?,
            };
            // A value is complete: put it where it belongs, and close what ends with it.
            loop {
                self.skip_space();
                match open.pop() {
                    None => return self.end(value),
                    Some(Open::Array { start, mut items }) => {
                        items.push(value);
                        match self.peek() {
                            Some(b',') => {
                                self.at += 1;
                                open.push(Open::Array { start, items });
                                break;
                            }
                            Some(b']') => {
                                self.at += 1;
                                value = T::array(self.span_from(start), items);
                            }
                            _ => return Err(self.unexpected("after array element")),
                        }
                    }
                    Some(Open::Object { start, mut entries, key: (key, key_span) }) => {
                        entries.push(T::entry(key, key_span, value));
                        match self.peek() {
                            Some(b',') => {
                                self.at += 1;
                                let key = self.key()?;
                                open.push(Open::Object { start, entries, key });
                                break;
                            }
                            Some(b'}') => {
                                self.at += 1;
                                value = T::object(self.span_from(start), entries);
                            }
                            _ => return Err(self.unexpected("after object key:value pair")),
                        }
                    }
                }
            }
        }
    }

    /// Refuses whatever comes after the document.
    fn end<T>(&mut self, value: T) -> Result<T, Diagnostic> {
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(self
                .unexpected("after top-level value")
                .with_help("a JSON file holds one value; put several into an array")),
        }
    }

    /// Steps over an opening bracket.
    fn enter(&mut self, depth: usize) -> Result<(), Diagnostic> {
        if depth >= MAX_DEPTH {
            let help = format!("arrays and objects may nest {MAX_DEPTH} deep");
            return Err(self.unexpected("exceeded max depth").with_help(help));
        }
        self.at += 1;
        Ok(())
    }

    /// Steps over the closing bracket, if nothing stands before it.
    fn closes(&mut self, bracket: u8) -> bool {
        self.skip_space();
        let closes = self.peek() == Some(bracket);
        self.at += usize::from(closes);
        closes
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<(Arc<str>, Span), Diagnostic> {
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            let error = self.unexpected("looking for beginning of object key string");
            return Err(match self.peek() {
                Some(b'}') => error.with_help("remove the comma before `}`"),
                Some(_) => error.with_help("put the key in double quotes"),
                None => error,
            });
        }
        let key = self.string()?;
        let span = self.span_from(start);
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("after object key"));
        }
        self.at += 1;
        Ok((key, span))
    }

    fn scalar<T: Tree>(&mut self) -> Result<T, Diagnostic> {
        let start = self.at;
        let scalar = match self.peek() {
            Some(b'"') => Scalar::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Scalar::Number(self.number()?),
            Some(b't') => self.word("true", Scalar::Bool(true))?,
            Some(b'f') => self.word("false", Scalar::Bool(false))?,
            Some(b'n') => self.word("null", Scalar::Null)?,
            next => {
                let error = self.unexpected("looking for beginning of value");
                return Err(match next {
                    Some(b'\'') => error.with_help("put strings in double quotes"),
                    Some(b']') => error.with_help("remove the comma before `]`"),
                    Some(b'/' | b'#') => error.with_help("JSON has no comments; remove it, or use YAML"),
                    Some(_) if self.rest().starts_with('\u{feff}') => error.with_help(
                        "save the file without a byte order mark, which OPA refuses in data files",
                    ),
                    Some(_) | None => error,
                });
            }
        };
        Ok(T::scalar(self.span_from(start), scalar))
    }

    fn word(&mut self, word: &str, scalar: Scalar) -> Result<Scalar, Diagnostic> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let context = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(self.unexpected(&context));
            }
            self.at += 1;
        }
        Ok(scalar)
    }

    fn number(&mut self) -> Result<Number, Diagnostic> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits("in exponent of numeric literal")?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        text.parse().map_err(|error: NumberError| {
            Diagnostic::error(Code::Load, error.to_string(), self.span_from(start))
                .with_help("policies can't read numbers of 2^100000 and more, or that close to zero; write it as a string")
        })
    }

    /// Steps over one digit or more.
    fn digits(&mut self, context: &str) -> Result<(), Diagnostic> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.unexpected(context)) }
    }

    /// Reads a string from its opening quote to its closing one.
    fn string(&mut self) -> Result<Arc<str>, Diagnostic> {
        self.at += 1;
        let mut decoded = String::new();
        loop {
            let start = self.at;
            let rest = self.rest();
            self.at += rest.bytes().position(is_special_in_string).unwrap_or(rest.len());
            let text = self.text;
            let literal = text.get(start..self.at).unwrap_or_default();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(if decoded.is_empty() {
                        self.recent.shared(literal)
                    } else {
                        (decoded + literal).into()
                    });
                }
                Some(b'\\') => {
                    decoded.push_str(literal);
                    self.at += 1;
                    let escaped = self.escape()?;
                    decoded.push(escaped);
                }
                Some(_) => {
                    let error = self.unexpected("in string literal");
                    return Err(
                        error.with_help("write control characters as escapes, such as `\\n` or `\\t`")
                    );
                }
                None => return Err(self.unexpected("in string literal")),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Diagnostic> {
        let char = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(char)
    }

    /// Reads what follows `\u`: four digits, or two escapes that make a pair of surrogates.
    fn unicode_escape(&mut self) -> Result<char, Diagnostic> {
        let unit = self.hex4()?;
        if (0xd800..0xdc00).contains(&unit) && self.rest().starts_with("\\u") {
            let after_first = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after_first;
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, Diagnostic> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(self.source, offset(start), offset(self.at))
    }

    /// The error of finding the next character, or the end, in this place.
    fn unexpected(&self, context: &str) -> Diagnostic {
        let next = self.rest().chars().next();
        let span = Span::new(self.source, offset(self.at), offset(self.at + next.map_or(0, char::len_utf8)));
        let message = match next {
            Some('\'') => format!("invalid character '\\'' {context}"),
            Some('"') => format!("invalid character '\"' {context}"),
            Some(char) => {
                let quoted = rego_string(char.encode_utf8(&mut [0; 4]));
                format!("invalid character '{}' {context}", quoted.trim_matches('"'))
            }
            None => "unexpected EOF".to_owned(),
        };
        let error = Diagnostic::error(Code::Load, message, span);
        if next.is_some() {
            error
        } else if self.text.trim().is_empty() {
            error.with_help("the document is empty: write `{}` for one without content")
        } else {
            error.with_help("the document is cut off, or a bracket or quote is not closed")
        }
    }
}

/// Short strings that were read not long ago: keys above all, which come again in each object of a list.
struct Recent(Vec<Option<Arc<str>>>);

impl Recent {
    /// For a text; a short one is not worth it.
    fn of(text: &str) -> Self {
        Self(if text.len() < WORTH_IT { Vec::new() } else { vec![None; RECENT] })
    }

    /// The text, in memory that others with the same text have too where that is easily found out.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if text.len() > SHORT {
            return text.into();
        }
        // FNV-1a: each text has one place only.
        let hash = text
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let Some(place) = self.0.get_mut(hash as usize % RECENT) else { return text.into() };
        if let Some(recent) = place
            && **recent == *text
        {
            return Arc::clone(recent);
        }
        let text: Arc<str> = text.into();
        *place = Some(Arc::clone(&text));
        text
    }
}

/// How many strings are kept in mind, and how many bytes they may have.
const RECENT: usize = 256;
const SHORT: usize = 24;
/// From how many bytes on a document may hold many strings more than once.
const WORTH_IT: usize = 4096;

fn is_special_in_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f)
}

#[cfg(test)]
mod tests;
