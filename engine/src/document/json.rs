//! The JSON reader: exact number texts, a place for everything, and no recursion.

mod build;

use std::borrow::Cow;

use self::build::Builder;
pub(super) use self::build::{Leaf, Tree};
use super::offset;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::value::{MAX_DEPTH, NumberError, rego_string};

/// Reads a whole JSON document.
pub(super) fn read<T: Tree>(source: SourceId, text: &str) -> Result<T, Diagnostic> {
    let mut builder = Builder::of(text);
    listen(source, text, &mut builder)?;
    Ok(builder.finish())
}

/// Reads a whole JSON document that may start with a byte order mark.
pub(super) fn read_after_mark<T: Tree>(source: SourceId, text: &str) -> Result<T, Diagnostic> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut builder = Builder::of(text);
    Reader { source, text, at }.document(&mut builder)?;
    Ok(builder.finish())
}

/// Reads the JSON document that the text starts with, whatever comes after it.
pub(super) fn read_first<T: Tree>(source: SourceId, text: &str) -> Result<T, Diagnostic> {
    let mut builder = Builder::of(text);
    Reader { source, text, at: 0 }.value(&mut builder)?;
    Ok(builder.finish())
}

/// Reads a whole JSON document and tells what is in it.
pub(super) fn listen<'a>(
    source: SourceId,
    text: &'a str,
    listener: &mut impl Listener<'a>,
) -> Result<(), Diagnostic> {
    Reader { source, text, at: 0 }.document(listener)
}

/// What is told of a document while it is read, in the order of the text. What is told before an error is void.
pub(super) trait Listener<'a> {
    /// A value without parts that is no number.
    fn scalar(&mut self, span: Span, scalar: Scalar<'a>);
    /// A number, as it is written.
    ///
    /// # Errors
    /// That it is too big.
    fn number(&mut self, span: Span, text: &'a str) -> Result<(), NumberError>;
    /// The opening bracket of an array or object.
    fn open(&mut self, bracket: Bracket);
    /// The key of the value that comes next.
    fn key(&mut self, span: Span, key: Cow<'a, str>);
    /// The closing bracket of what was opened last; the span is that of the whole.
    fn close(&mut self, span: Span);
}

/// What encloses values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Array,
    Object,
}

/// A value without parts that is no number.
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// Borrowed if it stands in the text as it is.
    String(Cow<'a, str>),
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    /// Offset of the next byte.
    at: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self, listener: &mut impl Listener<'a>) -> Result<(), Diagnostic> {
        self.value(listener)?;
        self.end()
    }

    /// Reads one value with all of its parts.
    fn value(&mut self, listener: &mut impl Listener<'a>) -> Result<(), Diagnostic> {
        // What is open, and where it starts.
        let mut open: Vec<(Bracket, usize)> = Vec::new();
        loop {
            self.skip_space();
            let start = self.at;
            let opened = match self.peek() {
                Some(b'[') => Some((Bracket::Array, b']')),
                Some(b'{') => Some((Bracket::Object, b'}')),
                _ => None,
            };
            if let Some((bracket, closing)) = opened {
                self.enter(open.len())?;
                listener.open(bracket);
                if self.closes(closing) {
                    listener.close(self.span_from(start));
                } else {
                    open.push((bracket, start));
                    if bracket == Bracket::Object {
                        self.key(listener)?;
                    }
                    continue;
                }
            } else {
                self.scalar(listener)?;
            }
            // A value is complete: close what ends with it.
            loop {
                self.skip_space();
                let Some((bracket, start)) = open.last().copied() else { return Ok(()) };
                match (bracket, self.peek()) {
                    (Bracket::Array, Some(b',')) => {
                        self.at += 1;
                        break;
                    }
                    (Bracket::Object, Some(b',')) => {
                        self.at += 1;
                        self.key(listener)?;
                        break;
                    }
                    (Bracket::Array, Some(b']')) | (Bracket::Object, Some(b'}')) => {
                        self.at += 1;
                        open.pop();
                        listener.close(self.span_from(start));
                    }
                    (Bracket::Array, _) => return Err(self.unexpected("after array element")),
                    (Bracket::Object, _) => return Err(self.unexpected("after object key:value pair")),
                }
            }
        }
    }

    /// Refuses whatever comes after the document.
    fn end(&self) -> Result<(), Diagnostic> {
        match self.peek() {
            None => Ok(()),
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
    fn key(&mut self, listener: &mut impl Listener<'a>) -> Result<(), Diagnostic> {
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
        listener.key(span, key);
        Ok(())
    }

    fn scalar(&mut self, listener: &mut impl Listener<'a>) -> Result<(), Diagnostic> {
        let start = self.at;
        let scalar = match self.peek() {
            Some(b'"') => Scalar::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => return self.number(listener),
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
        listener.scalar(self.span_from(start), scalar);
        Ok(())
    }

    fn word(&mut self, word: &str, scalar: Scalar<'a>) -> Result<Scalar<'a>, Diagnostic> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let context = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(self.unexpected(&context));
            }
            self.at += 1;
        }
        Ok(scalar)
    }

    fn number(&mut self, listener: &mut impl Listener<'a>) -> Result<(), Diagnostic> {
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
        let (span, text) = (self.span_from(start), self.text.get(start..self.at).unwrap_or_default());
        listener.number(span, text).map_err(|error| {
            Diagnostic::error(Code::Load, error.to_string(), span)
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
    fn string(&mut self) -> Result<Cow<'a, str>, Diagnostic> {
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
                        Cow::Borrowed(literal)
                    } else {
                        Cow::Owned(decoded + literal)
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

    fn rest(&self) -> &'a str {
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

fn is_special_in_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f)
}

#[cfg(test)]
mod tests;
