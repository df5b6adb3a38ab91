//! What a test's result says, row by row and in words: the base of the formats that machines read.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use portcullis::diagnostic::Code;
use portcullis::policy::{Location, Print};
use portcullis::property::tell::Counterexample;
use portcullis::source::Sources;
use portcullis::suite::{CaseResult, Cases, Failure, Nondeterminism, TestError, TestResult, Verdict, Why};

use super::diagnostics::{self, Printable};
use super::failures;
use super::placed;
use crate::plural::plural;

/// A row of a report: a test, or a case of a parameterised test that has no cases inside of it.
#[derive(Debug, Clone)]
pub(crate) struct Outcome<'r> {
    /// The package or suite.
    pub(crate) group: &'r str,
    /// The test's name in its group, with the names of its cases after slashes.
    pub(crate) name: String,
    /// Where the test is written.
    pub(crate) location: &'r Location,
    /// How it went.
    pub(crate) status: Status,
    /// How long it took. Cases are evaluated together, so each has an equal part of their test's time.
    pub(crate) duration: Duration,
    /// What was printed. Nobody knows which case printed it, so it stands with the first that failed, or else with the
    /// first.
    pub(crate) prints: &'r [Print],
}

/// How a row went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    /// As it should.
    Passed,
    /// The policy answered otherwise.
    Failed(Reason),
    /// The policy could not answer.
    Errored(Reason),
    /// It did not run; perhaps it says why.
    Skipped(Option<Arc<str>>),
}

/// Why something did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    /// What happened, in a word that stays the same: `undefined`, or a code of OPA's.
    pub(crate) kind: &'static str,
    /// The short of it, on one line and cut when it is long.
    pub(crate) headline: String,
    /// The whole of it, in lines; control characters are shown.
    pub(crate) text: String,
    /// Whether the text tells what made it fail.
    is_explained: bool,
}

impl Reason {
    /// What is told in a few words or lines, the first of which is the short of it.
    fn new(kind: &'static str, text: &str) -> Self {
        Self::with_headline(kind, text.lines().next().unwrap_or_default(), text)
    }

    fn with_headline(kind: &'static str, headline: &str, text: &str) -> Self {
        let mut headline = one_line(headline);
        if let Some((end, _)) = headline.char_indices().nth(MAX_HEADLINE) {
            headline.truncate(end);
            headline.push_str("...");
        }
        Self { kind, headline, text: lines(text), is_explained: false }
    }
}

impl Status {
    /// What a verdict means for the test as a whole; `sources` are those of the policies.
    pub(crate) fn of(verdict: &Verdict, sources: &Sources) -> Self {
        match verdict {
            Verdict::Pass => Self::Passed,
            Verdict::Fail(failure) => Self::Failed(of_failure(failure)),
            Verdict::Error(error) => Self::Errored(of_error(error, sources)),
            Verdict::Skip { reason } => Self::Skipped(reason.clone()),
        }
    }

    /// Adds what made it fail.
    fn explain(&mut self, explanation: &str) {
        if let (Self::Failed(reason), false) = (self, explanation.is_empty()) {
            reason.text.push('\n');
            reason.text.push_str(lines(explanation).trim_end());
            reason.is_explained = true;
        }
    }

    /// Why it did not pass.
    pub(crate) fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Failed(reason) | Self::Errored(reason) => Some(reason),
            Self::Passed | Self::Skipped(_) => None,
        }
    }
}

/// A test with its cases.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes<'r> {
    /// The test as a whole.
    pub(crate) whole: Outcome<'r>,
    /// The cases of a parameterised test that came to cases, those without cases inside of them. If the test failed, one of
    /// these did.
    pub(crate) cases: Vec<Outcome<'r>>,
}

impl<'r> Outcomes<'r> {
    /// What a result says; `sources` are those of the policies.
    pub(crate) fn of(result: &'r TestResult, sources: &Sources) -> Self {
        let mut whole = Outcome {
            group: result.id.group(),
            name: result.id.name().to_string(),
            location: &result.location,
            status: Status::of(&result.verdict, sources),
            duration: result.duration,
            prints: &result.prints,
        };
        let mut cases = Vec::new();
        if let (Some(all), Verdict::Pass | Verdict::Fail(_)) = (&result.cases, &result.verdict) {
            leaves(all, (&whole.name, &mut None), &mut |name, case, why| {
                let mut status = if case.failed() { Status::Failed(of_case()) } else { Status::Passed };
                if case.failed()
                    && let Some((name, why)) = why.take()
                {
                    status.explain(&failures::of_case(&format!("{}.{name}", whole.group), why));
                }
                cases.push(Outcome { name, status, prints: &[], ..whole.clone() });
            });
        }
        let explanation = failures::of_test(result);
        if cases.is_empty() {
            whole.status.explain(&explanation);
            return Self { whole, cases };
        }
        let failed = |cases: &[Outcome<'_>]| cases.iter().position(|case| case.status.reason().is_some());
        // A case without a name fails its test and appears nowhere else.
        if whole.status.reason().is_some() && failed(&cases).is_none() {
            cases.push(Outcome { prints: &[], ..whole.clone() });
        }
        if result.verdict == Verdict::Fail(Failure::Cases) {
            let failed = cases.iter().filter(|case| case.status.reason().is_some()).count();
            let text = format!("{failed} of {} failed", plural(cases.len(), "case"));
            whole.status = Status::Failed(Reason::new("case", &text));
        }
        let count = u32::try_from(cases.len()).unwrap_or(u32::MAX);
        for case in &mut cases {
            case.duration /= count;
        }
        let speaker = failed(&cases).unwrap_or_default();
        if let Some(case) = cases.get_mut(speaker) {
            case.prints = std::mem::take(&mut whole.prints);
        }
        // What is known of no case stands with the test, and with the first that has no explanation of its own.
        whole.status.explain(&explanation);
        let is_bare =
            |case: &&mut Outcome<'_>| case.status.reason().is_some_and(|reason| !reason.is_explained);
        if let Some(case) = cases.iter_mut().find(is_bare) {
            case.status.explain(&explanation);
        }
        Self { whole, cases }
    }

    /// As many as the run's [summary](portcullis::suite::Summary) counts: the cases, or the test if it has none.
    pub(crate) fn rows(&self) -> &[Outcome<'r>] {
        if self.cases.is_empty() { slice::from_ref(&self.whole) } else { &self.cases }
    }
}

/// Why a case failed, with its name, until it is told.
type Untold<'r> = Option<(String, &'r Why)>;

/// The cases without cases inside of them, with their names below `prefix`, and what is known of why they or the cases around
/// them failed: the first that failed takes it.
fn leaves<'r>(
    cases: &'r Cases,
    (prefix, around): (&str, &mut Untold<'r>),
    found: &mut impl FnMut(String, &CaseResult, &mut Untold<'r>),
) {
    for (name, case) in cases {
        let name = format!("{prefix}/{name}");
        let mut own = case.why.as_deref().map(|why| (name.clone(), why));
        let why = if own.is_some() { &mut own } else { &mut *around };
        if case.cases.is_empty() {
            found(name, case, why);
        } else {
            leaves(&case.cases, (&name, why), found);
        }
    }
}

fn of_failure(failure: &Failure) -> Reason {
    match failure {
        Failure::Undefined => {
            Reason::new("undefined", "the rule is undefined: an expression of its body did not hold")
        }
        Failure::NotTrue(value) => {
            Reason::new("not_true", &format!("the rule's value is {}, and only true passes", value.to_json()))
        }
        Failure::Cases => Reason::new("case", "a case without a name failed"),
        Failure::Unexpected { expected, actual, hint } => {
            let hint = hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
            Reason::with_headline(
                "unexpected",
                &format!("expected {expected}, got {actual}"),
                &format!("expected: {expected}\nactual:   {actual}{hint}"),
            )
        }
        Failure::Refuted(counterexample) => {
            let Counterexample { expected, actual, .. } = &**counterexample;
            Reason::with_headline(
                "refuted",
                &format!("expected {expected}, got {actual}"),
                &format!("expected: {expected}\nactual:   {actual}\n{}", counterexample.details().trim_end()),
            )
        }
        Failure::Inconclusive(reason) => Reason::new("inconclusive", &format!("not tested: {reason}")),
    }
}

fn of_case() -> Reason {
    Reason::new("case", "the case has no value, or another one than true")
}

fn of_error(error: &TestError, sources: &Sources) -> Reason {
    match error {
        TestError::Evaluation(error) => {
            let place = error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row));
            Reason::new(error.code.as_str(), &format!("{}{error}", place.unwrap_or_default()))
        }
        TestError::Nondeterministic(change) => Reason::new(Nondeterminism::CODE, &change.to_string()),
        TestError::Compile(diagnostics) => {
            let line = |finding: &placed::Finding| {
                let place = finding.place.as_ref().map(|at| format!("{}:{}: ", at.file, at.start.row));
                format!("{}{}: {}", place.unwrap_or_default(), finding.code, finding.whole_message())
            };
            let findings = placed::findings(diagnostics, sources);
            let kind = findings.first().map_or(Code::Compile.as_str(), |first| first.code);
            Reason::new(kind, &findings.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// A text of the user's as documents can hold it: control characters and what readers refuse beside them are shown as
/// `\u{1b}`. Line breaks and tabs stay.
pub(crate) fn lines(text: &str) -> String {
    allowed(Printable(text).to_string())
}

/// The same on one line: line breaks and tabs are shown as `\n` and `\t`.
pub(crate) fn one_line(text: &str) -> String {
    allowed(diagnostics::one_line(text))
}

fn allowed(text: String) -> String {
    let is_refused = |c: char| REFUSED.contains(&c);
    if !text.contains(is_refused) {
        return text;
    }
    text.chars().flat_map(|c| if is_refused(c) { c.escape_unicode().collect() } else { vec![c] }).collect()
}

/// Two that end a line for some readers of YAML and TAP, and two that XML and YAML forbid.
const REFUSED: [char; 4] = ['\u{2028}', '\u{2029}', '\u{fffe}', '\u{ffff}'];

/// How many characters of a headline are shown: it may hold a value of any size, and the text has all of it.
const MAX_HEADLINE: usize = 300;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use portcullis::policy::{Location, Print};
    use portcullis::source::Sources;
    use portcullis::suite::{CaseOutcome, CaseResult, Cases, Failure, TestId, TestResult, Verdict};

    use super::{Outcomes, Status, lines, one_line};

    fn cases(outcomes: &[(&str, CaseOutcome)]) -> Cases {
        let case = |(name, outcome): &(&str, CaseOutcome)| {
            (Arc::from(*name), CaseResult { outcome: *outcome, cases: Cases::new(), why: None })
        };
        outcomes.iter().map(case).collect()
    }

    fn result(verdict: Verdict, cases: Option<Cases>) -> TestResult {
        TestResult {
            id: TestId::Rego { package: "data.a".into(), name: "test_a".into() },
            location: Location { file: "a.rego".into(), row: 3, col: 1 },
            verdict,
            duration: Duration::from_micros(90),
            prints: vec![Print { text: "said".to_owned(), location: None }],
            cases,
            why: None,
            measured: None,
        }
    }

    /// Each row: its name, its time in microseconds, whether it speaks, and why it failed.
    fn rows(verdict: Verdict, cases: Option<Cases>) -> Vec<String> {
        let result = result(verdict, cases);
        let outcomes = Outcomes::of(&result, &Sources::new());
        let row = |row: &super::Outcome<'_>| {
            let speaks = if row.prints.is_empty() { "" } else { " speaks" };
            let reason = row.status.reason().map(|reason| format!(": {}", reason.headline));
            format!("{} {}{speaks}{}", row.name, row.duration.as_micros(), reason.unwrap_or_default())
        };
        outcomes.rows().iter().map(row).collect()
    }

    #[test]
    fn cases_share_the_time_of_their_test_and_one_has_its_output() {
        use CaseOutcome::{Fail, Null, Pass};
        let failed = "the case has no value, or another one than true";
        assert_eq!(rows(Verdict::Pass, None), ["test_a 90 speaks"]);
        assert_eq!(rows(Verdict::Pass, Some(Cases::new())), ["test_a 90 speaks"]);
        assert_eq!(
            rows(Verdict::Pass, Some(cases(&[("x", Pass), ("y", Null)]))),
            ["test_a/x 45 speaks", "test_a/y 45"]
        );
        assert_eq!(
            rows(Verdict::Fail(Failure::Cases), Some(cases(&[("x", Pass), ("y", Fail), ("z", Fail)]))),
            [
                "test_a/x 30".to_owned(),
                format!("test_a/y 30 speaks: {failed}"),
                format!("test_a/z 30: {failed}")
            ]
        );
    }

    #[test]
    fn a_test_that_failed_has_a_row_that_failed_even_if_no_case_did() {
        let passed = cases(&[("x", CaseOutcome::Pass)]);
        let reason = "a case without a name failed";
        assert_eq!(
            rows(Verdict::Fail(Failure::Cases), Some(passed)),
            ["test_a/x 45".to_owned(), format!("test_a 45 speaks: {reason}")]
        );
        assert_eq!(
            rows(Verdict::Fail(Failure::Cases), Some(Cases::new())),
            [format!("test_a 90 speaks: {reason}")]
        );
    }

    #[test]
    fn a_headline_is_one_line_that_is_cut() {
        let expected = format!("{}\n{}", "é".repeat(10), "x".repeat(1000));
        let failure = Failure::Unexpected { expected, actual: "y\u{1b}".to_owned(), hint: None };
        let Status::Failed(reason) = Status::of(&Verdict::Fail(failure), &Sources::new()) else {
            panic!("it failed")
        };
        assert!(reason.headline.starts_with("expected éééééééééé\\nxxx"), "{}", reason.headline);
        assert_eq!(reason.headline.chars().count(), 303);
        assert!(reason.text.ends_with("xx\nactual:   y\\u{1b}"), "{}", reason.text);
    }

    #[test]
    fn what_readers_refuse_is_shown() {
        let text = "a\n\tb\u{0}\u{85}\u{2028}\u{fffe}\u{ffff}\u{202e}\u{fffd}é";
        assert_eq!(lines(text), "a\n\tb\\u{0}\\u{85}\\u{2028}\\u{fffe}\\u{ffff}\\u{202e}\u{fffd}é");
        assert!(one_line(text).starts_with("a\\n\\tb\\u{0}"), "{}", one_line(text));
    }
}
