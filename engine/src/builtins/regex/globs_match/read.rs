//! Reads the expressions of `regex.globs_match`.

use super::super::super::BuiltinError;
use super::{Matcher, Times, Token};

/// The tokens of an expression. A backslash takes the next character for itself.
///
/// # Errors
/// What is wrong and where, in the words of OPA's library.
pub(super) fn read(text: &str) -> Result<Vec<Token>, BuiltinError> {
    let mut reader = Reader { text, chars: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some((c, escaped)) = reader.next()? {
        let matcher = match c {
            '.' if !escaped => Matcher::Any,
            '[' if !escaped => reader.set()?,
            ']' if !escaped => return Err(reader.error("set-close ']' with no preceding '['")),
            '+' | '*' if !escaped => {
                return Err(reader.error(&format!("flag '{c}' must be preceded by a non-flag")));
            }
            c => Matcher::Char(c),
        };
        tokens.push((matcher, reader.times()?));
    }
    Ok(tokens)
}

struct Reader<'t> {
    text: &'t str,
    chars: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    /// The next character and whether it was escaped.
    fn next(&mut self) -> Result<Option<(char, bool)>, BuiltinError> {
        let Some(c) = self.chars.get(self.at).copied() else { return Ok(None) };
        if c != '\\' {
            self.at += 1;
            return Ok(Some((c, false)));
        }
        let Some(escaped) = self.chars.get(self.at + 1).copied() else {
            return Err(self.error("input ends with a \\ (escape) character"));
        };
        self.at += 2;
        Ok(Some((escaped, true)))
    }

    fn times(&mut self) -> Result<Times, BuiltinError> {
        let before = self.at;
        let times = match self.next()? {
            Some(('+', false)) => Times::OneOrMore,
            Some(('*', false)) => Times::ZeroOrMore,
            Some(_) | None => {
                self.at = before;
                Times::Once
            }
        };
        Ok(times)
    }

    /// What stands between brackets, the first of which is read.
    fn set(&mut self) -> Result<Matcher, BuiltinError> {
        let mut ranges = Vec::new();
        let mut previous = None;
        while let Some((c, escaped)) = self.next()? {
            match c {
                ']' if !escaped => return Ok(Matcher::Set(merged(ranges))),
                '-' if !escaped => {
                    ranges.push(self.range(previous.take())?);
                }
                c => {
                    ranges.push((u32::from(c), u32::from(c)));
                    previous = Some(c);
                }
            }
        }
        Err(self.error("found [ without matching ]"))
    }

    /// What a dash makes of the characters around it.
    fn range(&mut self, previous: Option<char>) -> Result<(u32, u32), BuiltinError> {
        let Some(low) = previous else {
            return Err(self.error("range character '-' must be preceded by a Unicode character"));
        };
        let followed = self.at + 1 < self.chars.len();
        let Some((high, escaped)) = (if followed { self.next()? } else { None }) else {
            return Err(self.error("range character '-' must be followed by a Unicode character"));
        };
        if !escaped && matches!(high, ']' | '-') {
            return Err(self.error("range character '-' cannot be followed by a special symbol"));
        }
        if high < low {
            let message = format!("range is out of order: '{high}' comes before '{low}' in Unicode");
            return Err(self.error(&message));
        }
        Ok((u32::from(low), u32::from(high)))
    }

    fn error(&self, message: &str) -> BuiltinError {
        let (text, at) = (self.text, self.at);
        BuiltinError::failed(format!("input:{text}, pos:{at}, {message}: the input provided is invalid"))
    }
}

/// The ranges in order, those that touch as one.
fn merged(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            Some(_) | None => merged.push((low, high)),
        }
    }
    merged
}
