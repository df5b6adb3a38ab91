//! What `validate` found, as SARIF 2.1.0.

use std::collections::BTreeMap;

use portcullis::diagnostic::Severity;

use super::sarif::{
    Location, Message, ReportingConfiguration, ReportingDescriptor, SarifResult, level, log, printable,
};
use super::validate::{Finding, Told};

/// A log with one run, the rules that have findings, and an error for each thing that could not be checked.
pub(super) fn document(told: &Told) -> String {
    let mut places = told.places();
    let mut rules: Vec<ReportingDescriptor> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for problem in told.problems() {
        let rule_index = *index.entry(problem.code.to_owned()).or_insert_with(|| {
            rules.push(of_problem(problem.code));
            rules.len() - 1
        });
        results.push(SarifResult {
            rule_id: problem.code.into(),
            rule_index,
            level: level(Severity::Error),
            message: Message { text: printable(&problem.whole_message()) },
            locations: problem.place.iter().map(Location::of).collect(),
        });
    }
    for (check, finding) in told.findings() {
        let rule_index = *index.entry(finding.rule.clone()).or_insert_with(|| {
            rules.push(descriptor(told, finding));
            rules.len() - 1
        });
        let place = places.of(finding.span.unwrap_or(check.document.span));
        results.push(SarifResult {
            rule_id: printable(&finding.rule).into(),
            rule_index,
            level: level(finding.severity),
            message: Message { text: printable(&finding.whole_message()) },
            locations: place.iter().map(Location::of).collect(),
        });
    }
    log(rules, results)
}

/// What keeps a file or a pack from being used.
fn of_problem(code: &'static str) -> ReportingDescriptor {
    let text = "A file or a pack that can't be read or asked, so that something was not checked.";
    ReportingDescriptor {
        id: code.into(),
        short_description: Message { text: text.to_owned() },
        help: None,
        default_configuration: ReportingConfiguration { level: level(Severity::Error) },
        properties: None,
    }
}

fn descriptor(told: &Told, finding: &Finding) -> ReportingDescriptor {
    let known =
        told.rules.get(&finding.rule).map(|rule| rule.title.as_str()).filter(|title| !title.is_empty());
    let text = known.map_or_else(|| format!("The rule {} of a pack.", finding.rule), ToOwned::to_owned);
    ReportingDescriptor {
        id: printable(&finding.rule).into(),
        short_description: Message { text: printable(&text) },
        help: None,
        default_configuration: ReportingConfiguration { level: level(finding.severity) },
        properties: None,
    }
}
