//! Patterns for the names of files, as Go's `filepath.Match` has them.

use std::fmt;

/// A pattern: `*` and `?` stand for characters but `/`, `[a-z]` for one of a class, `\` makes the next one stand for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Any characters but `/`, or none.
    Many,
    /// One character but `/`.
    One,
    /// This character.
    Char(char),
    /// One character in or outside of these ranges, which may be `/`.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl FilePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// That a class is not closed or empty, or a `\` stands last. OPA takes such patterns and matches nothing.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let malformed = || PatternError(text.to_owned());
        let mut chars = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(char) = chars.next() {
            parts.push(match char {
                '*' => Part::Many,
                '?' => Part::One,
                '\\' => Part::Char(chars.next().ok_or_else(malformed)?),
                '[' => {
                    let negated = chars.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
                        let low = class_char(&mut chars).ok_or_else(malformed)?;
                        let high = match chars.next_if_eq(&'-') {
                            None => low,
                            Some(_) => class_char(&mut chars).ok_or_else(malformed)?,
                        };
                        ranges.push((low, high));
                    }
                    Part::Class { negated, ranges }
                }
                char => Part::Char(char),
            });
        }
        Ok(Self(parts))
    }

    /// Whether the whole of `name` is as the pattern says.
    pub fn matches(&self, name: &str) -> bool {
        // Which beginnings of the pattern what was read so far is matched by.
        let mut reached = vec![false; self.0.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        self.skip_stars(&mut reached);
        for char in name.chars() {
            let mut next = vec![false; reached.len()];
            for (index, part) in self.0.iter().enumerate() {
                if !reached.get(index).is_some_and(|reached| *reached) {
                    continue;
                }
                let target = if *part == Part::Many { index } else { index + 1 };
                if part.takes(char)
                    && let Some(target) = next.get_mut(target)
                {
                    *target = true;
                }
            }
            self.skip_stars(&mut next);
            reached = next;
        }
        reached.last().is_some_and(|reached| *reached)
    }

    /// A `*` may stand for nothing.
    fn skip_stars(&self, reached: &mut [bool]) {
        for (index, part) in self.0.iter().enumerate() {
            if *part == Part::Many
                && reached.get(index).is_some_and(|reached| *reached)
                && let Some(after) = reached.get_mut(index + 1)
            {
                *after = true;
            }
        }
    }
}

impl Part {
    /// Whether it can stand for this character.
    fn takes(&self, char: char) -> bool {
        match self {
            Self::Many | Self::One => char != '/',
            Self::Char(expected) => *expected == char,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&char)) != *negated
            }
        }
    }
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        char => Some(char),
    }
}

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no pattern: a `[` is not closed or empty, or a `\\` stands last", self.0)
    }
}

impl std::error::Error for PatternError {}

#[cfg(test)]
mod tests {
    use super::FilePattern;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, matches) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("b1/*", "b1/extra.txt", true),
            ("b1/*", "b1/a/extra.txt", false),
            ("extra.txt", "b1/extra.txt", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a?b", "a/b", false),
            ("a[^a]b", "a/b", true),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[\\]a]", "]", true),
            ("[\\-x]", "-", true),
            ("[x\\-]", "x", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*x", "xxx", true),
            ("", "", true),
            ("", "a", false),
            ("***", "", true),
            ("*/", "a/", true),
        ] {
            let parsed = FilePattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(name), matches, "{pattern} {name}");
        }
        for pattern in ["[", "[a", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[^", "\\", "a[\\"] {
            assert!(FilePattern::parse(pattern).is_err(), "{pattern}");
        }
        // Stars don't multiply.
        let many = FilePattern::parse(&"a*".repeat(1000)).unwrap();
        assert!(!many.matches(&("a".repeat(5000) + "b/")));
    }
}
