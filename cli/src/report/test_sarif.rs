//! Failed tests as SARIF 2.1.0, the format of code scanning.

use std::io::{self, Write};

use portcullis::source::Sources;
use portcullis::suite::{Event, TestId, TestResult};

use super::TestReporter;
use super::outcome::{Outcome, Outcomes, Status, one_line};
use super::sarif::{self, Location, Message, ReportingConfiguration, ReportingDescriptor, SarifResult};

/// Gathers the tests that failed or ended with an error, and writes one log at the end. Without any, the log has no
/// results: then all that were known before are mended.
#[derive(Debug)]
pub(crate) struct TestSarif {
    sources: Sources,
    results: Vec<SarifResult>,
}

impl TestSarif {
    /// An empty report; `sources` are those of the policies.
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, results: Vec::new() }
    }

    fn add(&mut self, result: &TestResult) {
        let outcomes = Outcomes::of(result, &self.sources);
        let separator = match result.id {
            TestId::Rego { .. } => ".",
            TestId::Table { .. } | TestId::Property { .. } => "/",
        };
        self.results.extend(outcomes.rows().iter().filter_map(|row| of_row(row, separator)));
    }
}

impl TestReporter for TestSarif {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => {
                self.add(result);
                Ok(())
            }
            Event::Ended(_) => {
                let rules = RULES.iter().map(|(id, description)| rule(id, description)).collect();
                out.write_all(sarif::log(rules, std::mem::take(&mut self.results)).as_bytes())
            }
        }
    }
}

fn of_row(row: &Outcome<'_>, separator: &str) -> Option<SarifResult> {
    let (rule_index, did, reason) = match &row.status {
        Status::Passed | Status::Skipped(_) => return None,
        Status::Failed(reason) => (0, "failed", reason),
        Status::Errored(reason) => (1, "ended with an error", reason),
    };
    let (rule_id, _) = RULES.get(rule_index)?;
    let name = one_line(&format!("{}{separator}{}", row.group, row.name));
    let text = format!("{name} {did}\n{}", reason.text);
    let at = row.location;
    Some(SarifResult {
        rule_id: (*rule_id).into(),
        rule_index,
        level: "error",
        message: Message { text },
        locations: vec![Location::from(&at.file, at.row, at.col)],
    })
}

fn rule(id: &'static str, description: &str) -> ReportingDescriptor {
    ReportingDescriptor {
        id: id.into(),
        short_description: Message { text: description.to_owned() },
        help: None,
        default_configuration: ReportingConfiguration { level: "error" },
        properties: None,
    }
}

/// What a result can be of.
const RULES: [(&str, &str); 2] = [
    ("test-failed", "The policy answers otherwise than a test wants."),
    ("test-error", "The policy could not answer what a test asks."),
];
