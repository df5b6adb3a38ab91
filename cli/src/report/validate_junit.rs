//! What `validate` found, as JUnit XML: a file is a suite, a document that a pack is asked about is a case.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::junit_document::{CaseXml, ProblemXml, SkippedXml, SuiteXml, SuitesXml};
use super::outcome::{lines, one_line};
use super::placed;
use super::validate::{Check, Finding, Places, Told};

/// One document. What could not be checked is an error in the suite of its file.
///
/// # Errors
/// What can't be written as XML.
pub(super) fn document(told: &Told) -> io::Result<String> {
    let mut places = told.places();
    let mut suites: BTreeMap<Arc<str>, Vec<CaseXml>> = BTreeMap::new();
    for problem in told.problems() {
        let file =
            problem.place.as_ref().map_or_else(|| Arc::from("portcullis"), |place| Arc::clone(&place.file));
        suites.entry(Arc::clone(&file)).or_default().push(of_problem(&problem, &file));
    }
    for check in &told.checks {
        let case = of_check(told, check, &mut places);
        suites.entry(Arc::clone(&check.document.file)).or_default().push(case);
    }
    let suites: Vec<SuiteXml> = suites.into_iter().map(|(file, cases)| suite(&file, cases)).collect();
    let document = SuitesXml {
        name: "portcullis",
        tests: suites.iter().map(|suite| suite.tests).sum(),
        failures: suites.iter().map(|suite| suite.failures).sum(),
        errors: suites.iter().map(|suite| suite.errors).sum(),
        time: "0.000".to_owned(),
        suites,
    };
    document.text().map_err(|error| io::Error::other(error.to_string()))
}

fn suite(file: &str, cases: Vec<CaseXml>) -> SuiteXml {
    SuiteXml {
        name: one_line(file),
        tests: cases.len(),
        failures: cases.iter().filter(|case| case.failure.is_some()).count(),
        errors: cases.iter().filter(|case| case.error.is_some()).count(),
        skipped: cases.iter().filter(|case| case.skipped.is_some()).count(),
        time: "0.000".to_owned(),
        cases,
    }
}

fn of_check(told: &Told, check: &Check, places: &mut Places<'_>) -> CaseXml {
    let failing: Vec<&Finding> = check.findings.iter().filter(|finding| told.fails(finding)).collect();
    let others: Vec<&Finding> = check.findings.iter().filter(|finding| !told.fails(finding)).collect();
    let mut text = |findings: &[&Finding]| {
        let told = findings.iter().map(|finding| shown(finding, check, places));
        told.collect::<Vec<_>>().join("\n\n")
    };
    let failure = failing.first().map(|first| ProblemXml {
        message: one_line(&match failing.len() {
            1 => first.message.clone(),
            more => format!("{} (and {} more)", first.message, more - 1),
        }),
        kind: "finding",
        text: lines(&text(&failing)),
    });
    let output = (!others.is_empty()).then(|| lines(&text(&others)));
    // A key that stands twice is found in documents that no pack is for, too.
    let is_skipped = check.pack.is_none() && failure.is_none();
    let skipped = is_skipped.then(|| SkippedXml { message: Some("no pack is for it".to_owned()) });
    let start = places.of(check.document.span).map_or(1, |place| place.start.row);
    let at = check.findings.first().and_then(|finding| finding.span).and_then(|span| places.of(span));
    CaseXml {
        name: one_line(&check.name()),
        classname: one_line(check.pack.as_deref().unwrap_or("unasked")),
        file: one_line(&check.document.file),
        line: at.map_or(start, |place| place.start.row),
        time: "0.000000".to_owned(),
        failure,
        error: None,
        skipped,
        output,
    }
}

fn shown(finding: &Finding, check: &Check, places: &mut Places<'_>) -> String {
    let place = places.of(finding.span.unwrap_or(check.document.span));
    let at = place.map_or_else(String::new, |place| {
        format!("{}:{}:{}: ", place.file, place.start.row, place.start.col)
    });
    format!("{at}{}: {}", finding.rule, finding.whole_message())
}

fn of_problem(problem: &placed::Finding, file: &str) -> CaseXml {
    CaseXml {
        name: one_line(&format!("{file} can be checked")),
        classname: problem.code.to_owned(),
        file: one_line(file),
        line: problem.place.as_ref().map_or(1, |place| place.start.row),
        time: "0.000000".to_owned(),
        failure: None,
        error: Some(ProblemXml {
            message: one_line(&problem.message),
            kind: problem.code,
            text: lines(&problem.whole_message()),
        }),
        skipped: None,
        output: None,
    }
}
