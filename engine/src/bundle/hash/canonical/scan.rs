//! A place in a JSON text, and the steps over what stands there.

use std::borrow::Cow;

use super::NotJson;

/// A place in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    /// Offset of the next byte.
    pub(super) at: usize,
}

/// A string between its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawString<'a> {
    /// As it stands.
    pub(super) text: &'a str,
    pub(super) has_escapes: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        // Mostly there is none, or little.
        while self.peek().as_ref().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Steps over a byte if it comes next.
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over a byte that has to come next.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.takes(byte) { Ok(()) } else { Err(NotJson) }
    }

    /// Steps over a string.
    pub(super) fn string(&mut self) -> Result<RawString<'a>, NotJson> {
        self.expect(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            let rest = self.rest();
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).ok_or(NotJson)?;
            if self.takes(b'"') {
                let text = self.text.get(start..self.at - 1).ok_or(NotJson)?;
                return Ok(RawString { text, has_escapes });
            }
            self.expect(b'\\')?;
            has_escapes = true;
            match self.peek().ok_or(NotJson)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                b'u' => {
                    let digits = self.rest().get(1..5).ok_or(NotJson)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(NotJson);
                    }
                    self.at += 5;
                }
                _ => return Err(NotJson),
            }
        }
    }

    /// Steps over a number or a word.
    pub(super) fn scalar(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        match self.peek().ok_or(NotJson)? {
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => return Err(NotJson),
        }
        self.text.get(start..self.at).ok_or(NotJson)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), NotJson> {
        if !self.rest().starts_with(word) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(()) } else { Err(NotJson) }
    }
}

impl<'a> RawString<'a> {
    /// What it stands for.
    pub(super) fn decoded(self) -> Cow<'a, str> {
        if !self.has_escapes {
            return Cow::Borrowed(self.text);
        }
        let mut decoded = String::with_capacity(self.text.len());
        self.each_piece(|piece| match piece {
            Piece::Literal(text) => decoded.push_str(text),
            Piece::Escaped(char) => decoded.push(char),
        });
        Cow::Owned(decoded)
    }

    /// Goes through a string that [`Scanner::string`] stepped over.
    pub(super) fn each_piece(self, mut each: impl FnMut(Piece<'a>)) {
        let mut rest = self.text;
        while let Some((literal, escape)) = rest.split_once('\\') {
            if !literal.is_empty() {
                each(Piece::Literal(literal));
            }
            let (char, after) = unescape(escape);
            each(Piece::Escaped(char));
            rest = after;
        }
        if !rest.is_empty() {
            each(Piece::Literal(rest));
        }
    }
}

/// A part of a string.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'a> {
    /// Characters that stand for themselves.
    Literal(&'a str),
    /// What an escape stands for.
    Escaped(char),
}

/// The character that an escape stands for, from after its backslash on, and what follows. Halves of surrogates that
/// stand alone are U+FFFD.
fn unescape(escape: &str) -> (char, &str) {
    let mut chars = escape.chars();
    let char = match chars.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unescape_unit(chars.as_str()),
        Some(char) => char,
        None => char::REPLACEMENT_CHARACTER,
    };
    (char, chars.as_str())
}

fn unescape_unit(digits: &str) -> (char, &str) {
    let (unit, after) = unit(digits);
    if (0xd800..0xdc00).contains(&unit)
        && let Some(second) = after.strip_prefix("\\u")
    {
        let (second, after_both) = self::unit(second);
        if (0xdc00..0xe000).contains(&second) {
            let code = 0x1_0000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
            return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), after_both);
        }
    }
    (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), after)
}

/// Four hexadecimal digits.
fn unit(text: &str) -> (u32, &str) {
    let (digits, after) = text.split_at_checked(4).unwrap_or((text, ""));
    (u32::from_str_radix(digits, 16).unwrap_or(0xfffd), after)
}
