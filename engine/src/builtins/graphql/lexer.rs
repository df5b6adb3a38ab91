//! The tokens of GraphQL, as OPA's library reads them.

/// What a token is. Its text is how messages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that is no token; messages do not say why.
    Invalid,
    End,
    Punctuator(&'static str),
    Name,
    Int,
    Float,
    String,
    BlockString,
}

impl Kind {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Invalid => "<Invalid>",
            Self::End => "<EOF>",
            Self::Punctuator(text) => text,
            Self::Name => "Name",
            Self::Int => "Int",
            Self::Float => "Float",
            Self::String => "String",
            Self::BlockString => "BlockString",
        }
    }
}

/// A token and the comments before it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The text of a name or number, the content of a string.
    pub(super) value: String,
    pub(super) row: usize,
    pub(super) column: usize,
    /// Each with its `#`.
    pub(super) comments: Vec<String>,
}

impl Token {
    /// The token as messages about it show it.
    pub(super) fn shown(&self) -> String {
        if self.value.is_empty() {
            return self.kind.text().to_owned();
        }
        format!("{} {}", self.kind.text(), crate::value::rego_string(&self.value))
    }
}

/// Reads tokens one after the other.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    row: usize,
    /// How many characters of the row are read.
    column: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, row: 1, column: 0 }
    }

    /// The next token; at the end, and after text that is none, always the same.
    pub(super) fn next(&mut self) -> Token {
        let mut comments = Vec::new();
        loop {
            self.skip_space();
            if !self.rest.starts_with('#') {
                break;
            }
            let comment = self.take_while(|char| char > '\u{1f}' || char == '\t');
            comments.push(comment.to_owned());
        }
        let (row, column) = (self.row, self.column + 1);
        let token = |kind, value: String| Token { kind, value, row, column, comments: comments.clone() };
        let Some(first) = self.rest.chars().next() else { return token(Kind::End, String::new()) };
        if let Some(punctuator) = PUNCTUATORS.iter().find(|text| self.rest.starts_with(**text)) {
            self.skip(punctuator.len());
            return token(Kind::Punctuator(punctuator), String::new());
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let name = self.take_while(|char| char.is_ascii_alphanumeric() || char == '_').to_owned();
            return token(Kind::Name, name);
        }
        let read = if first == '-' || first.is_ascii_digit() {
            self.number()
        } else if self.rest.starts_with("\"\"\"") {
            self.block_string().map(|text| (Kind::BlockString, text))
        } else if first == '"' {
            self.string().map(|text| (Kind::String, text))
        } else {
            None
        };
        match read {
            // Strings are said to be behind their quotes; those of several lines in the last one.
            Some((Kind::String, text)) => Token { column: column + 1, ..token(Kind::String, text) },
            Some((Kind::BlockString, text)) => {
                Token { row: self.row, column: column + 3, ..token(Kind::BlockString, text) }
            }
            Some((kind, text)) => token(kind, text),
            None => {
                let invalid =
                    Token { row: self.row, column: self.column + 1, ..token(Kind::Invalid, String::new()) };
                self.rest = "";
                invalid
            }
        }
    }

    fn skip_space(&mut self) {
        while let Some(char) = self.rest.chars().next() {
            match char {
                '\t' | ' ' | ',' | '\u{feff}' => self.skip(1),
                '\n' => self.skip_row(1),
                '\r' => self.skip_row(if self.rest.starts_with("\r\n") { 2 } else { 1 }),
                _ => break,
            }
        }
    }

    /// Skips characters of this row.
    fn skip(&mut self, count: usize) {
        let mut chars = self.rest.chars();
        self.column += chars.by_ref().take(count).count();
        self.rest = chars.as_str();
    }

    fn skip_row(&mut self, count: usize) {
        self.skip(count);
        self.row += 1;
        self.column = 0;
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|char| !keep(char)).unwrap_or(self.rest.len());
        let (taken, _) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.skip(taken.chars().count());
        taken
    }

    fn number(&mut self) -> Option<(Kind, String)> {
        let start = self.rest;
        let mut kind = Kind::Int;
        let digits = |lexer: &mut Self| !lexer.take_while(|char| char.is_ascii_digit()).is_empty();
        if self.rest.starts_with('-') {
            self.skip(1);
        }
        if self.rest.starts_with('0') {
            self.skip(1);
            if self.rest.starts_with(|char: char| char.is_ascii_digit()) {
                return None;
            }
        } else if !digits(self) {
            return None;
        }
        if self.rest.starts_with('.') {
            kind = Kind::Float;
            self.skip(1);
            if !digits(self) {
                return None;
            }
        }
        if self.rest.starts_with(['e', 'E']) {
            kind = Kind::Float;
            self.skip(1);
            if self.rest.starts_with(['+', '-']) {
                self.skip(1);
            }
            if !digits(self) {
                return None;
            }
        }
        let length = start.len() - self.rest.len();
        start.get(..length).map(|text| (kind, text.to_owned()))
    }

    fn string(&mut self) -> Option<String> {
        self.skip(1);
        let mut text = String::new();
        loop {
            let char = self.rest.chars().next()?;
            match char {
                '"' => {
                    self.skip(1);
                    return Some(text);
                }
                '\\' => {
                    // A wrong escape is said to be behind its backslash.
                    let from = self.rest;
                    self.skip(1);
                    let escape = self.rest.chars().next()?;
                    let decoded = match escape {
                        '"' | '/' | '\\' => escape,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => {
                            // The library wants a character after the digits.
                            from.get(6..)?.chars().next()?;
                            let digits = from.get(2..6)?;
                            let code =
                                u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
                            self.skip(4);
                            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                        }
                        _ => return None,
                    };
                    text.push(decoded);
                    self.skip(1);
                }
                '\t' => {
                    text.push(char);
                    self.skip(1);
                }
                char if char < ' ' => return None,
                char => {
                    text.push(char);
                    self.skip(1);
                }
            }
        }
    }

    fn block_string(&mut self) -> Option<String> {
        self.skip(3);
        let mut text = String::new();
        loop {
            let char = self.rest.chars().next()?;
            if char == '"' {
                let quotes = self.rest.bytes().take_while(|byte| *byte == b'"').count();
                if quotes >= 3 {
                    text.extend(std::iter::repeat_n('"', quotes - 3));
                    self.skip(quotes);
                    return Some(block_value(&text));
                }
            }
            match char {
                '\\' if self.rest.starts_with("\\\"\"\"") => {
                    text.push_str("\"\"\"");
                    self.skip(4);
                }
                '\r' | '\n' => {
                    text.push('\n');
                    self.skip_row(if self.rest.starts_with("\r\n") { 2 } else { 1 });
                }
                char if char < ' ' && char != '\t' => return None,
                char => {
                    text.push(char);
                    self.skip(1);
                }
            }
        }
    }
}

/// The content of a block string without the indentation that all lines have in common, the first one too, from which
/// it is not taken; and without blank lines at its ends.
fn block_value(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let indent_of = |line: &str| line.find(|char| !matches!(char, ' ' | '\t'));
    let common = lines.iter().filter_map(|line| indent_of(line)).min();
    let mut kept: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        kept.push(match common {
            Some(common) if at > 0 => line.get(common..).unwrap_or_default(),
            Some(_) | None => line,
        });
    }
    let first = kept.iter().position(|line| indent_of(line).is_some()).unwrap_or(kept.len());
    let last = kept.iter().rposition(|line| indent_of(line).is_some()).map_or(first, |last| last + 1);
    kept.get(first..last).unwrap_or_default().join("\n")
}

const PUNCTUATORS: [&str; 14] = ["!", "$", "&", "(", ")", "...", ":", "=", "@", "[", "]", "{", "}", "|"];
