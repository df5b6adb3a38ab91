//! `--ignore` patterns: shell patterns on the names of files and directories.

/// A pattern that names of files and directories are matched with, in the syntax of Go's `filepath.Match`.
///
/// `*` matches any characters, `?` one, `[a-z]` one of a range and `[^a-z]` one outside of it; `\` takes away the
/// meaning of what follows. There are no alternatives in braces, and a pattern has to match the whole name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IgnorePattern {
    tokens: Vec<Token>,
}

/// A pattern that is none.
///
/// OPA takes such a pattern without a word, and it matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no pattern: {reason}")]
pub(crate) struct IgnorePatternError {
    pattern: String,
    reason: &'static str,
}

impl IgnorePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// A bracket without its end, an empty range, or a `\` at the end.
    pub(crate) fn parse(pattern: &str) -> Result<Self, IgnorePatternError> {
        let read = tokens(pattern);
        read.map(|tokens| Self { tokens })
            .map_err(|reason| IgnorePatternError { pattern: pattern.to_owned(), reason })
    }

    /// Whether the pattern matches the whole of `name`, which is one segment of a path.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let chars: Vec<char> = name.chars().collect();
        let (mut token, mut char) = (0, 0);
        // Where to go on when the last star has to take one character more.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.tokens.get(token), chars.get(char)) {
                (Some(Token::Star), _) => {
                    token += 1;
                    retry = Some((token, char));
                    continue;
                }
                (Some(single), Some(found)) if single.matches(*found) => {
                    token += 1;
                    char += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match retry {
                Some((after_star, start)) if start < chars.len() => {
                    retry = Some((after_star, start + 1));
                    (token, char) = (after_star, start + 1);
                }
                _ => return false,
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    Any,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn matches(&self, char: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => char != '/',
            Self::Char(own) => *own == char,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&char)) != *negated
            }
        }
    }
}

fn tokens(pattern: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(char) = rest.next() {
        tokens.push(match char {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::Char(rest.next().ok_or("nothing follows the last `\\`")?),
            '[' => {
                let negated = rest.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || rest.next_if_eq(&']').is_none() {
                    let low = class_char(&mut rest)?;
                    let high = if rest.next_if_eq(&'-').is_some() { class_char(&mut rest)? } else { low };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            other => Token::Char(other),
        });
    }
    Ok(tokens)
}

fn class_char(rest: &mut impl Iterator<Item = char>) -> Result<char, &'static str> {
    match rest.next() {
        None => Err("the `]` of a `[` is missing"),
        Some('-' | ']') => Err("a range has to start and end with a character; `\\` goes before `-` and `]`"),
        Some('\\') => rest.next().ok_or("nothing follows the last `\\`"),
        Some(char) => Ok(char),
    }
}

#[cfg(test)]
mod tests {
    use super::IgnorePattern;

    /// Answers of Go's `filepath.Match`.
    #[test]
    fn patterns_match_the_names_that_go_matches() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^b-d]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "aéb", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "-", true),
            ("[x\\-]", "z", false),
            ("[!a]", "!", true),
            ("[!a]", "b", false),
            ("[[]*]", "[xy]", true),
            ("{a,b}", "a", false),
            ("*.rego", "x.rego", true),
            (".*", ".git", true),
            ("**", "ab", true),
            ("*x", "xxx", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, name, expected) in cases {
            let parsed = IgnorePattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(name), expected, "{pattern} against {name}");
        }
    }

    #[test]
    fn a_pattern_that_go_calls_bad_is_refused() {
        for pattern in ["[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[^", "[^bc", "a[", "a\\", "[\\"] {
            assert!(IgnorePattern::parse(pattern).is_err(), "{pattern}");
        }
        let error = IgnorePattern::parse("a[").unwrap_err();
        assert_eq!(error.to_string(), "`a[` is no pattern: the `]` of a `[` is missing");
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = IgnorePattern::parse(&"*a".repeat(500)).unwrap();
        assert!(!pattern.matches(&"a".repeat(499)));
        assert!(pattern.matches(&"a".repeat(5_000)));
    }
}
