//! Tokens of Rego, and the sets of keywords that decide how identifiers are read.

/// The kinds of token, in the terms that error messages use for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Illegal,
    Eof,
    Whitespace,
    Identifier,
    Comment,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    Some,
    With,
    Null,
    True,
    False,
    Number,
    String,
    /// A piece of `$"..."` that ends where an expression begins.
    TemplatePart,
    /// The last piece of `$"..."`.
    TemplateEnd,
    /// A piece of a raw template that ends where an expression begins.
    RawTemplatePart,
    /// The last piece of a raw template.
    RawTemplateEnd,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Comma,
    Colon,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Pipe,
    Unify,
    Equal,
    Assign,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Dot,
    Semicolon,
    In,
    Every,
    Contains,
    If,
    And,
    Or,
}

impl Token {
    /// OPA's name of the token: messages show it, and operators are called by it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Illegal => "illegal",
            Self::Eof => "eof",
            Self::Whitespace => "whitespace",
            Self::Identifier => "identifier",
            Self::Comment => "comment",
            Self::Package => "package",
            Self::Import => "import",
            Self::As => "as",
            Self::Default => "default",
            Self::Else => "else",
            Self::Not => "not",
            Self::Some => "some",
            Self::With => "with",
            Self::Null => "null",
            Self::True => "true",
            Self::False => "false",
            Self::Number => "number",
            Self::String => "string",
            Self::TemplatePart => "template-string-part",
            Self::TemplateEnd => "template-string-end",
            Self::RawTemplatePart => "raw-template-string-part",
            Self::RawTemplateEnd => "raw-template-string-end",
            Self::LeftBracket => "[",
            Self::RightBracket => "]",
            Self::LeftBrace => "{",
            Self::RightBrace => "}",
            Self::LeftParen => "(",
            Self::RightParen => ")",
            Self::Comma => ",",
            Self::Colon => ":",
            Self::Plus => "plus",
            Self::Minus => "minus",
            Self::Star => "mul",
            Self::Slash => "div",
            Self::Percent => "rem",
            Self::Ampersand | Self::And => "and",
            Self::Pipe | Self::Or => "or",
            Self::Unify => "eq",
            Self::Equal => "equal",
            Self::Assign => "assign",
            Self::NotEqual => "neq",
            Self::Greater => "gt",
            Self::Less => "lt",
            Self::GreaterEqual => "gte",
            Self::LessEqual => "lte",
            Self::Dot => ".",
            Self::Semicolon => ";",
            Self::In => "in",
            Self::Every => "every",
            Self::Contains => "contains",
            Self::If => "if",
        }
    }

    /// Whether messages call the token a keyword.
    pub(super) fn is_keyword(self) -> bool {
        self.is_fixed_keyword()
            || matches!(self, Self::In | Self::Every | Self::Contains | Self::If | Self::And | Self::Or)
    }

    /// Whether the token is a keyword in every version of the language.
    fn is_fixed_keyword(self) -> bool {
        matches!(
            self,
            Self::Package
                | Self::Import
                | Self::As
                | Self::Default
                | Self::Else
                | Self::Not
                | Self::Some
                | Self::With
                | Self::Null
                | Self::True
                | Self::False
        )
    }

    /// Whether the token's name is one of `keywords` or always a keyword.
    ///
    /// OPA asks this by name, so `&` and `|` count as the keywords `and` and `or`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the few tokens with names that can be keywords")]
    pub(super) fn is_named_in(self, keywords: Keywords) -> bool {
        self.is_fixed_keyword()
            || match self {
                Self::In => keywords.contains(Keywords::IN),
                Self::Every => keywords.contains(Keywords::EVERY),
                Self::Contains => keywords.contains(Keywords::CONTAINS),
                Self::If => keywords.contains(Keywords::IF),
                Self::And | Self::Ampersand => keywords.contains(Keywords::AND),
                Self::Or | Self::Pipe => keywords.contains(Keywords::OR),
                _ => false,
            }
    }
}

/// The token of an identifier's text, where `enabled` are the keywords beyond the fixed ones.
pub(super) fn classify(text: &[u8], enabled: Keywords) -> Token {
    let optional = |keyword, token| if enabled.contains(keyword) { token } else { Token::Identifier };
    match text {
        b"package" => Token::Package,
        b"import" => Token::Import,
        b"as" => Token::As,
        b"default" => Token::Default,
        b"else" => Token::Else,
        b"not" if enabled.contains(Keywords::IN_IMPORT) => Token::Identifier,
        b"not" => Token::Not,
        b"some" => Token::Some,
        b"with" => Token::With,
        b"null" => Token::Null,
        b"true" => Token::True,
        b"false" => Token::False,
        b"in" => optional(Keywords::IN, Token::In),
        b"every" => optional(Keywords::EVERY, Token::Every),
        b"contains" => optional(Keywords::CONTAINS, Token::Contains),
        b"if" => optional(Keywords::IF, Token::If),
        b"and" => optional(Keywords::AND, Token::And),
        b"or" => optional(Keywords::OR, Token::Or),
        _ => Token::Identifier,
    }
}

/// A set of the keywords that are not part of every version of the language.
///
/// `not` is always a keyword; as a member of this set it stands for its meaning after
/// `import future.keywords.not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keywords(u8);

impl Keywords {
    /// No keyword.
    pub const NONE: Self = Self(0);
    /// `in`.
    pub const IN: Self = Self(1);
    /// `every`.
    pub const EVERY: Self = Self(2);
    /// `contains`.
    pub const CONTAINS: Self = Self(4);
    /// `if`.
    pub const IF: Self = Self(8);
    /// `not` with a body, and as an expression of its own.
    pub const NOT: Self = Self(16);
    /// `and`.
    pub const AND: Self = Self(32);
    /// `or`.
    pub const OR: Self = Self(64);
    /// The keywords that version 1 added to version 0.
    pub const V1: Self = Self(1 | 2 | 4 | 8);
    /// The keywords that version 2 adds to version 1.
    pub const V2: Self = Self(16 | 32 | 64);
    /// All of them.
    pub const ALL: Self = Self(127);
    /// The mark of an import's path, where even `not` is a name.
    pub(super) const IN_IMPORT: Self = Self(128);

    /// The members and their names, sorted by name.
    const NAMES: [(&'static str, Self); 7] = [
        ("and", Self::AND),
        ("contains", Self::CONTAINS),
        ("every", Self::EVERY),
        ("if", Self::IF),
        ("in", Self::IN),
        ("not", Self::NOT),
        ("or", Self::OR),
    ];

    /// The keyword called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, keyword)| *keyword)
    }

    /// The names of the members, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, keyword)| self.contains(*keyword)).map(|(name, _)| *name)
    }

    /// Whether all of `other` are members.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The members of both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// As the scanner takes them up: whoever asks for `every` gets `in` too.
    pub(super) fn enable(self, other: Self) -> Self {
        let both = self.with(other);
        if other.contains(Self::EVERY) { both.with(Self::IN) } else { both }
    }
}
