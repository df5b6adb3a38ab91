//! Mutants as JUnit XML: a rule is a suite, a mutant a case, and one that no test noticed a failure.

use std::collections::BTreeMap;

use portcullis::mutate::hunk::Hunk;
use portcullis::mutate::missing::Searched;

use super::{End, Told, Tried, test_name};
use crate::report::junit_document::{CaseXml, ProblemXml, SkippedXml, SuiteXml, SuitesXml};
use crate::report::outcome::{lines, one_line};

/// One document. Mutants that are probably equivalent are skipped, as are those that were not tried; those that don't compile are
/// left out.
///
/// # Errors
/// What can't be written as XML.
pub(crate) fn junit(told: &Told) -> Result<String, String> {
    let mut by_rule: BTreeMap<&str, Vec<CaseXml>> = BTreeMap::new();
    for tried in &told.tried {
        if !matches!(tried.end, End::Unviable) {
            by_rule.entry(&tried.mutant.rule).or_default().push(case(told, tried));
        }
    }
    let suites: Vec<SuiteXml> = by_rule.into_iter().map(|(rule, cases)| suite(rule, cases)).collect();
    let document = SuitesXml {
        name: "portcullis mutate",
        tests: suites.iter().map(|suite| suite.tests).sum(),
        failures: suites.iter().map(|suite| suite.failures).sum(),
        errors: 0,
        time: format!("{:.3}", told.took.as_secs_f64()),
        suites,
    };
    document.text().map_err(|error| error.to_string())
}

fn suite(rule: &str, cases: Vec<CaseXml>) -> SuiteXml {
    SuiteXml {
        name: one_line(rule),
        tests: cases.len(),
        failures: cases.iter().filter(|case| case.failure.is_some()).count(),
        errors: 0,
        skipped: cases.iter().filter(|case| case.skipped.is_some()).count(),
        time: "0.000".to_owned(),
        cases,
    }
}

fn case(told: &Told, Tried { mutant, end }: &Tried) -> CaseXml {
    let (file, row, col) = told.place(mutant);
    let (_, source) = told.source(mutant);
    let (mut failure, mut skipped) = (None, None);
    let skip = |message: &str| Some(SkippedXml { message: Some(message.to_owned()) });
    match end {
        End::Killed(_) | End::Unviable => {}
        End::Open => skipped = skip("it was not tried"),
        End::Survived { searched: Searched::Nothing { .. }, .. } => {
            skipped = skip("probably equivalent: no input was found that it decides otherwise");
        }
        End::Survived { searched, .. } => {
            let hunk = Hunk::of(source, mutant);
            let mut text = format!("{}\n{}\n", hunk.header(), hunk.lines.join("\n"));
            if let Searched::Found(missing) = searched {
                text.push('\n');
                text.push_str(&missing.rego(&test_name(mutant, row)));
            }
            failure = Some(ProblemXml {
                message: one_line(&format!("no test notices that {}", mutant.operator.summary)),
                kind: mutant.direction.name(),
                text: lines(&text),
            });
        }
    }
    CaseXml {
        name: one_line(&format!("{} {row}:{col} {}", mutant.operator.id, mutant.replacement.trim())),
        classname: one_line(&mutant.rule),
        file: one_line(file),
        line: row,
        time: "0.000000".to_owned(),
        failure,
        error: None,
        skipped,
        output: None,
    }
}
