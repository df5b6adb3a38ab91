//! Test results as workflow commands, which GitHub Actions shows as annotations of the lines of tests.

use std::io::{self, Write};

use portcullis::source::Sources;
use portcullis::suite::{Event, TestResult};

use super::TestReporter;
use super::github::{property, value};
use super::outcome::{Outcome, Outcomes, Reason, Status, one_line};
use crate::plural::plural;

/// Writes a command for each test that did not pass, as it comes.
#[derive(Debug)]
pub(crate) struct TestGithub {
    sources: Sources,
}

impl TestGithub {
    /// An empty report; `sources` are those of the policies.
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources }
    }

    fn result(&self, result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
        let Outcomes { whole, cases } = Outcomes::of(result, &self.sources);
        let (command, did, message) = match whole.status {
            Status::Passed => return Ok(()),
            // GitHub shows ten errors of a step: all failed cases of a test share one.
            Status::Failed(_) if !cases.is_empty() => ("error", "failed", failed_cases(&cases)),
            Status::Failed(reason) => ("error", "failed", reason.text),
            Status::Errored(reason) => ("error", "ended with an error", reason.text),
            Status::Skipped(reason) => {
                ("notice", "was skipped", reason.as_deref().unwrap_or_default().to_owned())
            }
        };
        let title = format!("{} {did}", one_line(&result.id.to_string()));
        // A command without a message is not shown.
        let message = if message.is_empty() { &title } else { &message };
        let (file, line) = (property(&whole.location.file), whole.location.row);
        writeln!(out, "::{command} file={file},line={line},title={}::{}", property(&title), value(message))
    }
}

impl TestReporter for TestGithub {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } | Event::Ended(_) => Ok(()),
            Event::Finished(result) => self.result(result, out),
        }
    }
}

/// A line for each case that failed, and how many more there are.
fn failed_cases(cases: &[Outcome<'_>]) -> String {
    let failed = || cases.iter().filter_map(|case| Some((&case.name, case.status.reason()?)));
    let line = |(name, reason): (&String, &Reason)| format!("{}: {}", one_line(name), reason.headline);
    let mut lines: Vec<String> = failed().take(MAX_CASES).map(line).collect();
    let more = failed().count().saturating_sub(MAX_CASES);
    if more > 0 {
        lines.push(format!("and {} more", plural(more, "case")));
    }
    lines.join("\n")
}

/// How many cases an annotation lists: it is a small box beside a line.
const MAX_CASES: usize = 20;
