//! Test results in the Test Anything Protocol, version 14.
//!
//! The syntax is that of <https://testanything.org/tap-version-14-specification.html>.

use std::io::{self, Write};

use portcullis::source::Sources;
use portcullis::suite::{Event, TestResult};

use super::TestReporter;
use super::failures::printed;
use super::outcome::{Outcome, Outcomes, Status, lines, one_line};

/// Writes a test point for each test as it comes, after a subtest with its cases if it has some.
#[derive(Debug)]
pub(crate) struct TestTap {
    sources: Sources,
    /// How many points there were.
    points: usize,
}

impl TestTap {
    /// A report without points; `sources` are those of the policies.
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, points: 0 }
    }

    fn result(&mut self, result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
        self.points += 1;
        let Outcomes { whole, cases } = Outcomes::of(result, &self.sources);
        let name = result.id.to_string();
        if !cases.is_empty() {
            writeln!(out, "# Subtest: {}", description(&name))?;
            writeln!(out, "{INDENT}1..{}", cases.len())?;
            for (number, case) in (1..).zip(&cases) {
                point(number, &case.name, case, INDENT, out)?;
            }
        }
        point(self.points, &name, &whole, "", out)
    }
}

impl TestReporter for TestTap {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { total: 0 } => {
                writeln!(out, "TAP version 14\n1..0 # SKIP no test was found")
            }
            // Before the points: who reads them knows that some are missing if the run ends early.
            Event::Started { total } => writeln!(out, "TAP version 14\n1..{total}"),
            Event::Finished(result) => self.result(result, out),
            Event::Ended(_) => Ok(()),
        }
    }
}

/// A test point, and what is told of it as a YAML block.
fn point(number: usize, name: &str, row: &Outcome<'_>, by: &str, out: &mut dyn Write) -> io::Result<()> {
    let word = if row.status.reason().is_some() { "not ok" } else { "ok" };
    write!(out, "{by}{word} {number} - {}", description(name))?;
    match &row.status {
        Status::Passed | Status::Failed(_) | Status::Errored(_) => writeln!(out)?,
        Status::Skipped(None) => return writeln!(out, " # SKIP"),
        Status::Skipped(Some(reason)) => return writeln!(out, " # SKIP {}", description(reason)),
    }
    writeln!(out, "{by}  ---")?;
    for (name, value) in diagnostics(row) {
        writeln!(out, "{by}  {name}: {value}")?;
    }
    writeln!(out, "{by}  ...")
}

/// The fields of the YAML block, with their values as they are written.
fn diagnostics(row: &Outcome<'_>) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if let Status::Failed(reason) | Status::Errored(reason) = &row.status {
        let severity = if matches!(row.status, Status::Failed(_)) { "fail" } else { "error" };
        fields.extend([
            ("message", quoted(&reason.text)),
            ("severity", severity.to_owned()),
            ("kind", reason.kind.to_owned()),
            ("file", quoted(&row.location.file)),
            ("line", row.location.row.to_string()),
        ]);
    }
    if !row.prints.is_empty() {
        fields.push(("output", quoted(&printed(row.prints))));
    }
    fields.push(("duration_ms", format!("{:.6}", row.duration.as_secs_f64() * 1e3)));
    fields
}

/// A text as JSON, which YAML includes, so that nothing in it means anything.
fn quoted(text: &str) -> String {
    serde_json::Value::from(lines(text)).to_string()
}

/// A text on one line in which nothing starts a directive.
fn description(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// A subtest is indented by exactly this.
const INDENT: &str = "    ";
