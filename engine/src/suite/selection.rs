//! Chooses tests by name, as `--run` does.

use regex::Regex;

use super::event::TestId;

/// A choice of tests.
#[derive(Debug, Clone)]
pub struct Selection {
    pattern: String,
    regex: Regex,
}

/// A pattern that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a regular expression: {reason}")]
pub struct PatternError {
    pattern: String,
    reason: String,
}

impl Selection {
    /// The tests whose full name matches `pattern` anywhere, or is `pattern` to the letter.
    ///
    /// A full name is `data.PACKAGE.TEST` or `SUITE/CASE`. The second way lets a case be named that has characters in
    /// its name which mean something in a regular expression.
    ///
    /// # Errors
    /// When the pattern is no regular expression (RE2 syntax, as the regex crate reads it), or has a repeat count that
    /// RE2 doesn't take.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        if repeats_too_often(pattern) {
            let reason = format!("repeat counts go up to {MOST_REPEATS}");
            return Err(PatternError { pattern: pattern.to_owned(), reason });
        }
        let regex = Regex::new(pattern).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            PatternError { pattern: pattern.to_owned(), reason: reason.to_owned() }
        })?;
        Ok(Self { pattern: pattern.to_owned(), regex })
    }

    /// Whether the test is chosen.
    pub fn matches(&self, id: &TestId) -> bool {
        let name = id.to_string();
        self.regex.is_match(&name) || name == self.pattern
    }
}

/// Whether a `{n}`, `{n,}` or `{n,m}` outside of classes has a larger number than Go takes.
fn repeats_too_often(pattern: &str) -> bool {
    let (mut escaped, mut in_class) = (false, false);
    let mut number: Option<usize> = None;
    for c in pattern.chars() {
        let digit = c.to_digit(10).map(|digit| digit as usize);
        number = match (number, digit) {
            _ if escaped || in_class => None,
            (Some(number), Some(digit)) => Some(number.saturating_mul(10).saturating_add(digit)),
            (Some(number), None) if matches!(c, ',' | '}') && number > MOST_REPEATS => return true,
            (Some(_), None) if c == ',' => Some(0),
            _ => (c == '{').then_some(0),
        };
        match c {
            _ if escaped => {}
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        escaped = !escaped && c == '\\';
    }
    false
}

/// RE2's limit, and so Go's.
const MOST_REPEATS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::suite::TestId;

    #[test]
    fn a_case_is_chosen_by_its_literal_name() {
        let id = TestId::Table { suite: "calls (all)".into(), case: "a+b".into() };
        let chosen = |pattern| Selection::new(pattern).expect("a pattern").matches(&id);
        assert!(chosen("calls (all)/a+b"));
        assert!(chosen("^calls .*/a"));
        assert!(!chosen("a+b$"));
    }

    #[test]
    fn repeat_counts_are_limited_as_in_go() {
        for refused in ["a{2000}", "a{1001,}", "a{2,1001}", "[}]a{99999999999999999999}"] {
            assert!(Selection::new(refused).is_err(), "{refused}");
        }
        for taken in ["a{1000}", "a{1,2}", r"a\{2000\}", "[a{2000}]", "2000}"] {
            assert!(Selection::new(taken).is_ok(), "{taken}");
        }
    }

    #[test]
    fn a_broken_pattern_is_refused_with_its_reason() {
        let error = Selection::new("a(").expect_err("no pattern");
        assert_eq!(error.to_string(), "`a(` is not a regular expression: unclosed group");
    }
}
