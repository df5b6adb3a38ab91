//! The lexer: finds one token at a time, at any offset, without keeping state of its own.

use super::token::{Keywords, Token, classify};

/// Cuts one text into tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'text> {
    bytes: &'text [u8],
    /// Offset of the first character that isn't a byte-order mark.
    first: u32,
    /// Whether some character is wrong wherever it stands, so that each token must look for it.
    suspicious: bool,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexed {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What is wrong with the characters of one token, in the order they were read.
pub(super) type Faults = Vec<(u32, &'static str)>;

impl<'text> Lexer<'text> {
    /// A lexer of `text`, which must be shorter than 4 GiB.
    pub(super) fn new(text: &'text str) -> Self {
        let first = if text.starts_with(BYTE_ORDER_MARK) { 3 } else { 0 };
        let rest = text.get(first as usize..).unwrap_or(text);
        let suspicious = rest.bytes().any(|byte| byte == 0)
            || (rest.bytes().any(|byte| byte == 0xEF) && rest.contains(BYTE_ORDER_MARK));
        Self { bytes: text.as_bytes(), first, suspicious }
    }

    /// Where the first token may start.
    pub(super) fn first(self) -> u32 {
        self.first
    }

    /// The byte at an offset; 0 past the end.
    pub(super) fn byte(self, at: u32) -> u8 {
        self.bytes.get(at as usize).copied().unwrap_or(0)
    }

    /// Offset just past the text.
    pub(super) fn end(self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// Offset just past the white space at `at`, and whether a line ended in it.
    ///
    /// Stops at once where each token must be looked at for itself.
    pub(super) fn skip_space(self, mut at: u32) -> (u32, bool) {
        let mut newline = false;
        if self.suspicious {
            return (at, newline);
        }
        loop {
            match self.byte(at) {
                b' ' | b'\t' | b'\r' => at += 1,
                b'\n' => {
                    newline = true;
                    at += 1;
                }
                _ => return (at, newline),
            }
        }
    }

    /// The token at `at`. White space is one token per character, as OPA has it.
    pub(super) fn token(self, at: u32, enabled: Keywords, faults: &mut Faults) -> Lexed {
        let byte = self.byte(at);
        let (token, end) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => (Token::Whitespace, at + 1),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.identifier(at, enabled),
            b'0'..=b'9' => self.number(at, faults),
            b'#' => (Token::Comment, self.comment(at)),
            b'"' => (Token::String, self.string(at + 1, faults)),
            b'`' => (Token::String, self.raw_string(at + 1, faults)),
            b'$' => match self.byte(at + 1) {
                b'"' => self.template(at + 2, faults),
                b'`' => self.raw_template(at + 2, faults),
                _ => {
                    faults.push((at + 1, "illegal $ character"));
                    (Token::Illegal, at + 1)
                }
            },
            0 if at >= self.end() => (Token::Eof, at),
            _ if byte >= 0x80 => self.wide(at, faults),
            _ => self.punctuation(at, byte, faults),
        };
        self.note_characters(at, end, faults);
        Lexed { token, start: at, end }
    }

    /// The piece of a template that goes on at `at`, after the `}` of an expression.
    pub(super) fn template_after_brace(self, at: u32, raw: bool, faults: &mut Faults) -> Lexed {
        let (token, end) = if raw { self.raw_template(at, faults) } else { self.template(at, faults) };
        self.note_characters(at, end, faults);
        Lexed { token, start: at, end }
    }

    fn punctuation(self, at: u32, byte: u8, faults: &mut Faults) -> (Token, u32) {
        let followed = self.byte(at + 1) == b'=';
        let either = |with, without| if followed { (with, at + 2) } else { (without, at + 1) };
        match byte {
            b'[' => (Token::LeftBracket, at + 1),
            b']' => (Token::RightBracket, at + 1),
            b'{' => (Token::LeftBrace, at + 1),
            b'}' => (Token::RightBrace, at + 1),
            b'(' => (Token::LeftParen, at + 1),
            b')' => (Token::RightParen, at + 1),
            b',' => (Token::Comma, at + 1),
            b'.' => (Token::Dot, at + 1),
            b';' => (Token::Semicolon, at + 1),
            b'+' => (Token::Plus, at + 1),
            b'-' => (Token::Minus, at + 1),
            b'*' => (Token::Star, at + 1),
            b'/' => (Token::Slash, at + 1),
            b'%' => (Token::Percent, at + 1),
            b'&' => (Token::Ampersand, at + 1),
            b'|' => (Token::Pipe, at + 1),
            b':' => either(Token::Assign, Token::Colon),
            b'=' => either(Token::Equal, Token::Unify),
            b'>' => either(Token::GreaterEqual, Token::Greater),
            b'<' => either(Token::LessEqual, Token::Less),
            b'!' if followed => (Token::NotEqual, at + 2),
            b'!' => {
                faults.push((at + 1, "illegal ! character"));
                (Token::Illegal, at + 1)
            }
            _ => (Token::Illegal, at + 1),
        }
    }

    /// A character beyond ASCII, which can't start a token.
    fn wide(self, at: u32, faults: &mut Faults) -> (Token, u32) {
        let (character, end) = self.character(at);
        if character == '\u{A0}' {
            faults.push((end, "illegal non-breaking space character, use a regular space instead"));
        }
        (Token::Illegal, end)
    }

    fn identifier(self, at: u32, enabled: Keywords) -> (Token, u32) {
        let end = self.word(at + 1);
        // OPA takes a part of a wide character that follows for a part of the name, so it sees no keyword.
        if self.byte(end) >= 0x80 {
            return (Token::Identifier, end);
        }
        let text = self.bytes.get(at as usize..end as usize).unwrap_or_default();
        (classify(text, enabled), end)
    }

    /// Offset past letters, underscores and the decimal digits of all scripts.
    fn word(self, mut at: u32) -> u32 {
        loop {
            match self.byte(at) {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' => at += 1,
                0x80.. => {
                    let (character, end) = self.character(at);
                    if !is_decimal_digit(character) {
                        return at;
                    }
                    at = end;
                }
                _ => return at,
            }
        }
    }

    fn digits(self, mut at: u32) -> u32 {
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn number(self, at: u32, faults: &mut Faults) -> (Token, u32) {
        let mut end = self.digits(at);
        if self.byte(end) == b'.' {
            let fraction = end + 1;
            end = self.digits(fraction);
            if end == fraction {
                faults.push((end, "expected fraction"));
            }
        }
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = u32::from(matches!(self.byte(end + 1), b'+' | b'-'));
            let exponent = end + 1 + sign;
            end = self.digits(exponent);
            if end == exponent {
                faults.push((end, "expected exponent"));
            }
        }
        if matches!(self.byte(end), b'a'..=b'z' | b'A'..=b'Z' | b'_') {
            faults.push((end, "illegal number format"));
            end = self.word(end);
        }
        (Token::Number, end)
    }

    fn comment(self, at: u32) -> u32 {
        let rest = self.bytes.get(at as usize..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        at + u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// Offset past a string whose first character is at `at`.
    fn string(self, mut at: u32, faults: &mut Faults) -> u32 {
        loop {
            match self.byte(at) {
                b'"' => return at + 1,
                b'\\' => at = self.escape(at + 1, faults),
                b'\n' => {
                    faults.push((at, "non-terminated string"));
                    return at;
                }
                0 if at >= self.end() => {
                    faults.push((at, "non-terminated string"));
                    return at;
                }
                _ => at += 1,
            }
        }
    }

    /// Offset past an escape sequence whose backslash stands before `at`.
    fn escape(self, at: u32, faults: &mut Faults) -> u32 {
        match self.byte(at) {
            b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at + 1,
            // Three characters go unread here, whatever they are; decoding the string looks at them.
            b'u' => (0..4).fold(at, |at, _| if at < self.end() { self.character(at).1 } else { at }),
            _ => {
                faults.push((at, "illegal escape sequence"));
                at
            }
        }
    }

    fn raw_string(self, at: u32, faults: &mut Faults) -> u32 {
        let rest = self.bytes.get(at as usize..).unwrap_or_default();
        if let Some(length) = rest.iter().position(|byte| *byte == b'`') {
            return at + 1 + u32::try_from(length).unwrap_or(u32::MAX - 1 - at);
        }
        faults.push((self.end(), "non-terminated string"));
        self.end()
    }

    fn template(self, mut at: u32, faults: &mut Faults) -> (Token, u32) {
        loop {
            match self.byte(at) {
                b'"' => return (Token::TemplateEnd, at + 1),
                b'{' => return (Token::TemplatePart, at + 1),
                b'\\' if self.byte(at + 1) == b'{' => at += 2,
                b'\\' => at = self.escape(at + 1, faults),
                b'\n' => {
                    faults.push((at, "non-terminated string"));
                    return (Token::TemplatePart, at);
                }
                0 if at >= self.end() => {
                    faults.push((at, "non-terminated string"));
                    return (Token::TemplatePart, at);
                }
                _ => at += 1,
            }
        }
    }

    fn raw_template(self, mut at: u32, faults: &mut Faults) -> (Token, u32) {
        loop {
            match self.byte(at) {
                b'`' => return (Token::RawTemplateEnd, at + 1),
                b'{' => return (Token::RawTemplatePart, at + 1),
                b'\\' if self.byte(at + 1) == b'{' => at += 2,
                0 if at >= self.end() => {
                    faults.push((at, "non-terminated string"));
                    return (Token::RawTemplatePart, at);
                }
                _ => at += 1,
            }
        }
    }

    /// Adds what is wrong with single characters to the faults of the token `start..end`.
    ///
    /// OPA reads one character ahead, so a bad one counts for the token it follows; the first of a text,
    /// having none before it, counts for its own.
    fn note_characters(self, start: u32, end: u32, faults: &mut Faults) {
        if !self.suspicious {
            return;
        }
        let own = faults.len();
        let mut at = if start == self.first { start } else { self.character(start).1 };
        while at <= end && at < self.end() {
            let (character, next) = self.character(at);
            match character {
                '\0' => faults.push((at, "illegal null character")),
                BYTE_ORDER_MARK => faults.push((at, "illegal byte-order mark")),
                _ => {}
            }
            at = next;
        }
        faults.rotate_left(own);
        faults.sort_by_key(|(at, _)| *at);
    }

    /// The character at an offset and the offset past it.
    fn character(self, at: u32) -> (char, u32) {
        let first = self.byte(at);
        if first < 0x80 {
            return (char::from(first), at + 1);
        }
        let length: u32 = match first {
            0xF0.. => 4,
            0xE0.. => 3,
            _ => 2,
        };
        let bytes = self.bytes.get(at as usize..(at + length) as usize).unwrap_or_default();
        let character = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        (character.unwrap_or(char::REPLACEMENT_CHARACTER), at + length)
    }
}

/// Whether the character is a decimal digit of any script (Unicode category Nd).
fn is_decimal_digit(character: char) -> bool {
    let code = u32::from(character);
    let after = DIGIT_ZEROS.partition_point(|zero| *zero <= code);
    let Some(zero) = after.checked_sub(1).and_then(|index| DIGIT_ZEROS.get(index)) else {
        return false;
    };
    // The mathematical digits are five sets in a row.
    let length = if *zero == 0x1D7CE { 50 } else { 10 };
    code - zero < length
}

const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The zeros of Unicode 15.0, the version that OPA's Go library knows.
const DIGIT_ZEROS: [u32; 64] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E950, 0x1FBF0,
];
