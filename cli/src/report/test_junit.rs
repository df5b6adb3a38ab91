//! Test results as JUnit XML.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use portcullis::source::Sources;
use portcullis::suite::{Event, TestResult};

use super::TestReporter;
use super::failures::printed;
use super::junit_document::{CaseXml, ProblemXml, SkippedXml, SuiteXml, SuitesXml};
use super::outcome::{Outcome, Outcomes, Reason, Status, lines, one_line};

/// Gathers results and writes one document at the end.
#[derive(Debug)]
pub(crate) struct TestJunit {
    sources: Sources,
    suites: Vec<Suite>,
    /// Where the suite of a group stands.
    index: BTreeMap<String, usize>,
}

impl TestJunit {
    /// An empty report; `sources` are those of the policies.
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, suites: Vec::new(), index: BTreeMap::new() }
    }

    fn add(&mut self, result: &TestResult) {
        let group = result.id.group();
        let index = *self.index.entry(group.to_string()).or_insert_with(|| {
            self.suites.push(Suite { name: group.to_string(), ..Suite::default() });
            self.suites.len() - 1
        });
        if let Some(suite) = self.suites.get_mut(index) {
            suite.time += result.duration;
            suite.cases.extend(Outcomes::of(result, &self.sources).rows().iter().map(CaseXml::of));
        }
    }

    fn document(&mut self) -> SuitesXml {
        let time: Duration = self.suites.iter().map(|suite| suite.time).sum();
        let suites: Vec<SuiteXml> = self.suites.drain(..).map(SuiteXml::of).collect();
        let sum = |count: fn(&SuiteXml) -> usize| suites.iter().map(count).sum();
        SuitesXml {
            name: "portcullis",
            tests: sum(|suite| suite.tests),
            failures: sum(|suite| suite.failures),
            errors: sum(|suite| suite.errors),
            time: milliseconds(time),
            suites,
        }
    }
}

impl TestReporter for TestJunit {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => {
                self.add(result);
                Ok(())
            }
            Event::Ended(_) => {
                let text = self.document().text().map_err(io::Error::other)?;
                out.write_all(text.as_bytes())
            }
        }
    }
}

/// A suite that is not complete yet.
#[derive(Debug, Default)]
struct Suite {
    name: String,
    time: Duration,
    cases: Vec<CaseXml>,
}

impl SuiteXml {
    fn of(suite: Suite) -> Self {
        let count = |is: fn(&CaseXml) -> bool| suite.cases.iter().filter(|case| is(case)).count();
        Self {
            name: one_line(&suite.name),
            tests: suite.cases.len(),
            failures: count(|case| case.failure.is_some()),
            errors: count(|case| case.error.is_some()),
            skipped: count(|case| case.skipped.is_some()),
            time: milliseconds(suite.time),
            cases: suite.cases,
        }
    }
}

impl CaseXml {
    fn of(outcome: &Outcome<'_>) -> Self {
        let (mut failure, mut error, mut skipped) = (None, None, None);
        match &outcome.status {
            Status::Passed => {}
            Status::Failed(reason) => failure = Some(ProblemXml::of(reason)),
            Status::Errored(reason) => error = Some(ProblemXml::of(reason)),
            Status::Skipped(reason) => {
                skipped = Some(SkippedXml { message: reason.as_deref().map(one_line) });
            }
        }
        Self {
            name: one_line(&outcome.name),
            classname: one_line(outcome.group),
            file: one_line(&outcome.location.file),
            line: outcome.location.row,
            time: format!("{:.6}", outcome.duration.as_secs_f64()),
            failure,
            error,
            skipped,
            output: (!outcome.prints.is_empty()).then(|| lines(&printed(outcome.prints))),
        }
    }
}

impl ProblemXml {
    fn of(reason: &Reason) -> Self {
        Self { message: reason.headline.clone(), kind: reason.kind, text: reason.text.clone() }
    }
}

/// Seconds of a suite: Jenkins' schema takes three digits at most.
fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
