//! How long tests took, in the format of Go's benchmarks.
//!
//! Its readers take `name: value` for a setting that the benchmarks after it have, so no line of ours looks like one: tests
//! that did not pass are told as Go tells them.

use std::io::{self, Write};

use portcullis::suite::{Event, TestError, TestResult, Verdict};

use super::TestReporter;
use super::bench::{figures, go_name};
use super::diagnostics::Printable;
use super::test_pretty::counts;

/// Writes results as they come.
#[derive(Debug)]
pub(crate) struct TestGobench;

impl TestReporter for TestGobench {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => {
                if let Some(measured) = &result.measured {
                    return writeln!(out, "{}\t{}", go_name(&result.id), figures(measured));
                }
                result_line(result, out)
            }
            Event::Ended(summary) => counts(summary, out),
        }
    }
}

/// `--- FAIL: data.authz_test.test_x (authz_test.rego:7)`.
fn result_line(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    let word = match result.verdict {
        // It was not measured because the run was stopped.
        Verdict::Pass => return Ok(()),
        Verdict::Fail(_) => "FAIL",
        Verdict::Error(_) => "ERROR",
        Verdict::Skip { .. } => "SKIP",
    };
    let (name, location) = (result.id.to_string(), &result.location);
    writeln!(out, "--- {word}: {} ({}:{})", Printable(&name), Printable(&location.file), location.row)?;
    let Verdict::Error(error) = &result.verdict else { return Ok(()) };
    let message = match error {
        TestError::Evaluation(error) => error.to_string(),
        TestError::Nondeterministic(change) => change.to_string(),
        TestError::Compile(errors) => {
            errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("\n")
        }
    };
    message.lines().try_for_each(|line| writeln!(out, "    {}", Printable(line.trim_start())))
}
