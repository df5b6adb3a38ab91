//! Chooses tests: by their names, as `--run` does, and by what changed, by place and by part.

pub mod cone;
mod digest;
mod lines;
mod order;

use regex::Regex;

use super::cases::{self, CaseOutcome, CaseResult, Cases};
use super::event::TestId;

pub use digest::Digest;
pub use lines::{Rows, at_line};
pub use order::{Shard, ShardError, shuffled};

/// A choice of tests by their names.
#[derive(Debug, Clone)]
pub struct Selection {
    pattern: String,
    regex: Regex,
    /// The pattern in front of its first `/`, and what is behind it, where that makes two patterns.
    parts: Option<(Regex, Regex)>,
}

/// The tests to run, and their cases to report.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Only these; all if `None`.
    pub run: Option<Selection>,
    /// None of these.
    pub skip: Vec<Selection>,
}

/// What is chosen of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// All of it.
    Whole,
    /// Some of its cases, if it is a test that has cases.
    Cases,
    /// Nothing.
    Nothing,
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
        let parts = pattern.match_indices('/').find_map(|(at, _)| {
            let (test, case) = (pattern.get(..at)?, pattern.get(at + 1..)?);
            Some((Regex::new(test).ok()?, Regex::new(case).ok()?))
        });
        Ok(Self { pattern: pattern.to_owned(), regex, parts })
    }

    /// Whether the test is chosen.
    pub fn matches(&self, id: &TestId) -> bool {
        let name = id.to_string();
        self.regex.is_match(&name) || name == self.pattern
    }

    /// What is chosen of a test. Only a Rego test can have cases that its name doesn't tell.
    fn of(&self, id: &TestId) -> Chosen {
        if self.matches(id) {
            return Chosen::Whole;
        }
        let TestId::Rego { .. } = id else { return Chosen::Nothing };
        let name = id.to_string();
        let is_literal = self.literal_case(&name).is_some();
        let matches = self.parts.as_ref().is_some_and(|(test, _)| test.is_match(&name));
        if is_literal || matches { Chosen::Cases } else { Chosen::Nothing }
    }

    /// Whether a case is chosen of a test of which cases are. Of a case inside of others, the name is `OUTER/INNER`.
    fn matches_case(&self, id: &TestId, case: &str) -> bool {
        let name = id.to_string();
        let matches = |(test, pattern): &(Regex, Regex)| test.is_match(&name) && pattern.is_match(case);
        self.literal_case(&name) == Some(case) || self.parts.as_ref().is_some_and(matches)
    }

    /// The case that the pattern names to the letter.
    fn literal_case(&self, test: &str) -> Option<&str> {
        self.pattern.strip_prefix(test)?.strip_prefix('/')
    }
}

impl Choice {
    /// What is chosen of a test.
    pub fn of(&self, id: &TestId) -> Chosen {
        let run = self.run.as_ref().map_or(Chosen::Whole, |run| run.of(id));
        let skip = self.skip.iter().map(|skip| skip.of(id));
        skip.fold(run, |chosen, skip| match (chosen, skip) {
            (Chosen::Nothing, _) | (_, Chosen::Whole) => Chosen::Nothing,
            (_, Chosen::Cases) if matches!(id, TestId::Rego { .. }) => Chosen::Cases,
            (chosen, Chosen::Cases | Chosen::Nothing) => chosen,
        })
    }

    /// The cases of a test that are chosen. A case with cases inside of it is kept for the sake of these, and failed if one
    /// that is kept did.
    pub fn cases(&self, id: &TestId, cases: Cases) -> Cases {
        self.kept(id, cases, "", false)
    }

    fn kept(&self, id: &TestId, cases: Cases, around: &str, around_matches: bool) -> Cases {
        let mut kept = Cases::new();
        for (name, case) in cases {
            let full = if around.is_empty() { name.to_string() } else { format!("{around}/{name}") };
            if self.skip.iter().any(|skip| skip.matches_case(id, &full)) {
                continue;
            }
            let matches = around_matches
                || self.run.as_ref().is_none_or(|run| run.matches(id) || run.matches_case(id, &full));
            if case.cases.is_empty() {
                if matches {
                    kept.insert(name, case);
                }
                continue;
            }
            let inside = self.kept(id, case.cases, &full, matches);
            if !inside.is_empty() {
                let failed = cases::count(&inside).1 > 0;
                let outcome = if failed { CaseOutcome::Fail } else { CaseOutcome::Pass };
                let why = case.why.filter(|_| failed);
                kept.insert(name, CaseResult { outcome, cases: inside, why });
            }
        }
        kept
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
    use super::{Choice, Chosen, Selection};
    use crate::suite::TestId;
    use crate::suite::cases::{CaseOutcome, CaseResult, Cases};

    fn choice(run: Option<&str>, skip: &[&str]) -> Choice {
        let selection = |pattern: &str| Selection::new(pattern).expect("a pattern");
        Choice { run: run.map(selection), skip: skip.iter().map(|pattern| selection(pattern)).collect() }
    }

    /// `a`, which failed, `b`, and `c` with `x`, which failed, and `y` inside.
    fn cases() -> Cases {
        let leaf = |outcome| CaseResult { outcome, cases: Cases::new(), why: None };
        let inside =
            Cases::from([("x".into(), leaf(CaseOutcome::Fail)), ("y".into(), leaf(CaseOutcome::Pass))]);
        Cases::from([
            ("a".into(), leaf(CaseOutcome::Fail)),
            ("b".into(), leaf(CaseOutcome::Pass)),
            ("c".into(), CaseResult { outcome: CaseOutcome::Fail, cases: inside, why: None }),
        ])
    }

    fn shown(cases: &Cases) -> String {
        let case = |(name, case): (&std::sync::Arc<str>, &CaseResult)| {
            let mark = if case.failed() { "-" } else { "+" };
            let inside =
                if case.cases.is_empty() { String::new() } else { format!("({})", shown(&case.cases)) };
            format!("{mark}{name}{inside}")
        };
        cases.iter().map(case).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_test_and_its_cases_are_chosen_and_skipped() {
        let id = TestId::Rego { package: "data.p".into(), name: "test_c".into() };
        for (run, skip, chosen, kept) in [
            (None, &[][..], Chosen::Whole, "-a +b -c(-x +y)"),
            (Some("p.test_c"), &[], Chosen::Whole, "-a +b -c(-x +y)"),
            (Some("test_c/^b$"), &[], Chosen::Cases, "+b"),
            (Some("data.p.test_c/b"), &[], Chosen::Cases, "+b"),
            (Some("test_c/c"), &[], Chosen::Cases, "-c(-x +y)"),
            (Some("test_c/c/y"), &[], Chosen::Cases, "+c(+y)"),
            (Some("test_c/none"), &[], Chosen::Cases, ""),
            (Some("test_d/b"), &[], Chosen::Nothing, ""),
            (Some("/b"), &[], Chosen::Cases, "+b"),
            (Some("test_(c|d)/[ab]"), &[], Chosen::Cases, "-a +b"),
            (None, &["test_c"], Chosen::Nothing, "-a +b -c(-x +y)"),
            (None, &["test_c/a", "test_c/c/x"], Chosen::Cases, "+b +c(+y)"),
            (Some("test_c/[ab]"), &["test_c/a"], Chosen::Cases, "+b"),
            (Some("test_c/b"), &["data.p"], Chosen::Nothing, "+b"),
            (None, &["test_x/a"], Chosen::Whole, "-a +b -c(-x +y)"),
        ] {
            let choice = choice(run, skip);
            assert_eq!(choice.of(&id), chosen, "{run:?} {skip:?}");
            assert_eq!(shown(&choice.cases(&id, cases())), kept, "{run:?} {skip:?}");
        }
    }

    #[test]
    fn a_case_of_a_table_is_chosen_or_not() {
        let id = TestId::Table { suite: "roles".into(), case: "a guest".into() };
        assert_eq!(choice(Some("roles/a"), &[]).of(&id), Chosen::Whole);
        assert_eq!(choice(Some("roles/b"), &[]).of(&id), Chosen::Nothing);
        assert_eq!(choice(None, &["roles/a guest"]).of(&id), Chosen::Nothing);
        assert_eq!(choice(None, &["roles/b"]).of(&id), Chosen::Whole);
    }

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
