//! Test results for people, in the form of `opa test -f pretty`; what OPA has no words for stands below its lines.

use std::io::{self, Write};
use std::sync::Arc;

use anstyle::Style;
use portcullis::source::Sources;
use portcullis::suite::{
    CaseOutcome, CaseResult, Cases, Event, Failure, Nondeterminism, Summary, TestError, TestResult, Verdict,
};

use super::TestReporter;
use super::bench::figures;
use super::diagnostics::Printable;
use super::failures;
use super::format::Detail;
use crate::go_duration;
use crate::io::{FAIL, PASS, PLACE, SKIPPED};

/// Writes results as they come.
#[derive(Debug)]
pub(crate) struct TestPretty {
    detail: Detail,
    /// Whether any result was shown.
    has_shown: bool,
    /// The file of the last result that was shown with its place.
    file: Option<Arc<str>>,
    /// Shown again at the end.
    failed: Vec<TestResult>,
    /// Whether an `ERROR` holds diagnostics that need their sources.
    sources: Sources,
}

impl TestPretty {
    /// A report; `sources` are those of the policies.
    pub(crate) fn new(detail: Detail, sources: Sources) -> Self {
        Self { detail, has_shown: false, file: None, failed: Vec::new(), sources }
    }

    fn result(&mut self, result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
        if let Some(measured) = &result.measured {
            self.has_shown = true;
            let name = result.id.to_string();
            return writeln!(out, "{}\t{}", Printable(&name), figures(measured));
        }
        if self.detail != Detail::Everything && result.verdict == Verdict::Pass {
            return Ok(());
        }
        let location = &result.location;
        if self.file.as_ref().is_some_and(|file| *file != location.file) {
            writeln!(out)?;
        }
        self.has_shown = true;
        self.file = Some(Arc::clone(&location.file));
        writeln!(out, "{PLACE}{}:{}:{PLACE:#}", Printable(&location.file), location.row)?;
        headline(result, out)?;
        if let Some(cases) = &result.cases {
            self.cases(cases, "  ", out)?;
        }
        if !result.prints.is_empty() {
            writeln!(out)?;
            // Output of nothing but white space is one empty line.
            let printed: Vec<&str> = result.prints.iter().map(|print| &*print.text).collect();
            let printed = printed.join("\n");
            let printed = printed.trim();
            printed.split('\n').try_for_each(|line| writeln!(out, "  {}", Printable(line)))?;
            writeln!(out)?;
        }
        match &result.verdict {
            Verdict::Error(error) => self.error(error, out),
            Verdict::Fail(
                failure @ (Failure::Unexpected { .. } | Failure::Refuted(_) | Failure::Inconclusive(_)),
            ) => explanation(failure, out),
            Verdict::Skip { reason: Some(reason) } => indented(reason, "  ", out),
            Verdict::Pass | Verdict::Fail(_) | Verdict::Skip { reason: None } => Ok(()),
        }
    }

    /// The cases that failed, or all of them when verbose, those inside of others below them.
    fn cases(&self, cases: &Cases, by: &str, out: &mut dyn Write) -> io::Result<()> {
        for (name, case) in cases {
            if self.detail == Detail::Everything || case.failed() {
                case_line(name, case, by, out)?;
            }
            self.cases(&case.cases, &format!("{by}  "), out)?;
        }
        Ok(())
    }

    fn error(&self, error: &TestError, out: &mut dyn Write) -> io::Result<()> {
        match error {
            TestError::Evaluation(error) => {
                let place = error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row));
                // A message that has several lines indents all after the first itself.
                let text = format!("{}{error}", place.unwrap_or_default());
                text.trim().lines().try_for_each(|line| {
                    writeln!(out, "  {}", Printable(line.strip_prefix("  ").unwrap_or(line)))
                })
            }
            TestError::Nondeterministic(change) => {
                indented(&format!("{}: {change}", Nondeterminism::CODE), "  ", out)
            }
            TestError::Compile(diagnostics) => {
                let [first] = &**diagnostics else {
                    let text = super::diagnostics::render(diagnostics, &self.sources);
                    return indented(&text, "  ", out);
                };
                indented(&format!("{}: {}", first.code.as_str(), first.message), "  ", out)
            }
        }
    }

    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        if !self.failed.is_empty() {
            writeln!(out, "{RULE}\nFAILURES\n{RULE}")?;
            for result in &self.failed {
                headline(result, out)?;
                writeln!(out)?;
                if let Verdict::Fail(failure) = &result.verdict {
                    explanation(failure, out)?;
                    failures::write(result, out)?;
                    failures::write_printed(result, out)?;
                }
                if let Some(cases) = result.cases.as_ref().filter(|cases| !cases.is_empty()) {
                    writeln!(out)?;
                    failed_leaves(cases, &mut Vec::new(), out)?;
                }
                writeln!(out)?;
            }
        }
        if self.has_shown {
            writeln!(out, "{RULE}")?;
        }
        counts(summary, out)
    }
}

/// `PASS: 3/4`, `FAIL: 1/4`.
pub(super) fn counts(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let total = summary.total();
    let counts = [
        ("PASS", PASS, summary.passed),
        ("FAIL", FAIL, summary.failed),
        ("SKIPPED", SKIPPED, summary.skipped),
        ("ERROR", FAIL, summary.errored),
    ];
    for (word, style, count) in counts {
        if count > 0 {
            writeln!(out, "{style}{word}{style:#}: {count}/{total}")?;
        }
    }
    Ok(())
}

impl TestReporter for TestPretty {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => {
                self.result(result, out)?;
                if self.detail != Detail::Problems && matches!(result.verdict, Verdict::Fail(_)) {
                    self.failed.push(result.clone());
                }
                Ok(())
            }
            Event::Ended(summary) => self.end(summary, out),
        }
    }
}

/// `data.authz.test_x: FAIL (1.2ms)`.
fn headline(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    let (word, style): (&str, Style) = match result.verdict {
        Verdict::Pass => ("PASS", PASS),
        Verdict::Fail(_) => ("FAIL", FAIL),
        Verdict::Error(_) => ("ERROR", FAIL),
        Verdict::Skip { .. } => ("SKIPPED", SKIPPED),
    };
    write!(out, "{}: {style}{word}{style:#}", Printable(&result.id.to_string()))?;
    match result.verdict {
        Verdict::Skip { .. } => writeln!(out),
        Verdict::Pass | Verdict::Fail(_) | Verdict::Error(_) => {
            writeln!(out, " ({})", go_duration::format(result.duration))
        }
    }
}

/// `  a case: FAIL`. A case whose value is null has no name, as in OPA.
fn case_line(name: &str, case: &CaseResult, by: &str, out: &mut dyn Write) -> io::Result<()> {
    let (shown, word, style) = match case.outcome {
        CaseOutcome::Pass => (name, "PASS", PASS),
        CaseOutcome::Null => ("", "PASS", PASS),
        CaseOutcome::Fail => (name, "FAIL", FAIL),
    };
    // A name may have several lines, which are all indented.
    let shown = shown.replace('\n', &format!("\n{by}"));
    writeln!(out, "{by}{}: {style}{word}{style:#}", Printable(&shown))
}

/// Each failed case without cases inside of it, below those that it is inside of.
fn failed_leaves<'c>(
    cases: &'c Cases,
    around: &mut Vec<(&'c str, &'c CaseResult)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (name, case) in cases {
        around.push((name, case));
        if !case.cases.is_empty() {
            failed_leaves(&case.cases, around, out)?;
        } else if case.failed() {
            for (depth, (name, case)) in around.iter().enumerate() {
                case_line(name, case, &"  ".repeat(depth + 1), out)?;
            }
        }
        around.pop();
    }
    Ok(())
}

fn explanation(failure: &Failure, out: &mut dyn Write) -> io::Result<()> {
    match failure {
        Failure::Undefined => {
            indented("the rule is undefined: an expression of its body did not hold", "  ", out)
        }
        Failure::NotTrue(value) => {
            indented(&format!("the rule's value is {}, and only true passes", value.to_json()), "  ", out)
        }
        Failure::Cases => indented("a case failed when it has no value, or another one than true", "  ", out),
        Failure::Unexpected { expected, actual, hint } => {
            indented(&format!("expected: {expected}"), "  ", out)?;
            indented(&format!("actual:   {actual}"), "  ", out)?;
            hint.iter().try_for_each(|hint| indented(&format!("hint: {hint}"), "  ", out))
        }
        Failure::Refuted(counterexample) => {
            indented(&format!("expected: {}", counterexample.expected), "  ", out)?;
            indented(&format!("actual:   {}", counterexample.actual), "  ", out)?;
            indented(&counterexample.details(), "  ", out)
        }
        Failure::Inconclusive(reason) => indented(&format!("not tested: {reason}"), "  ", out),
    }
}

fn indented(text: &str, by: &str, out: &mut dyn Write) -> io::Result<()> {
    text.trim().lines().try_for_each(|line| writeln!(out, "{by}{}", Printable(line)))
}

const RULE: &str = "--------------------------------------------------------------------------------";
