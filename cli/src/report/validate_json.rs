//! What `validate` found, as one JSON document of a form of its own.

use portcullis::value::Value;

use super::json_document::Json;
use super::placed::{self, Place};
use super::validate::{Check, Finding, Places, Told};
use portcullis::diagnostic::Severity;

/// The document and a newline. `version` counts up when the form changes so that readers have to know.
pub(super) fn document(told: &Told) -> String {
    let mut places = told.places();
    let asked = told.checks.iter().filter(|check| check.pack.is_some());
    let unasked: Vec<Json<'_>> =
        told.checks.iter().filter(|check| check.pack.is_none()).map(document_of).collect();
    let checks = asked.clone().map(of_check).collect();
    let findings = told.findings().map(|(check, finding)| of_finding(told, check, finding, &mut places));
    let problems = told.problems();
    let summary = vec![
        ("files", Json::Number(told.files)),
        ("documents", Json::Number(told.documents)),
        ("findings", Json::Number(told.count(Severity::Error))),
        ("warnings", Json::Number(told.count(Severity::Warning))),
        ("unasked", Json::Number(unasked.len())),
        ("exempt", Json::Number(told.checks.iter().map(|check| check.exempt).sum())),
        ("errors", Json::Number(problems.len())),
    ];
    Json::Object(vec![
        ("version", Json::Number(1)),
        ("summary", Json::Object(summary)),
        ("checks", Json::Array(checks)),
        ("findings", Json::Array(findings.collect())),
        ("unasked", Json::Array(unasked)),
        ("errors", Json::Array(problems.iter().map(of_problem).collect())),
    ])
    .pretty()
        + "\n"
}

fn document_of(check: &Check) -> Json<'_> {
    Json::Object(vec![("file", Json::Text(&check.document.file)), ("document", number(check))])
}

fn of_check(check: &Check) -> Json<'_> {
    Json::Object(vec![
        ("file", Json::Text(&check.document.file)),
        ("document", number(check)),
        ("pack", check.pack.as_deref().map_or(Json::Null, Json::Text)),
        ("findings", Json::Number(check.findings.len())),
    ])
}

fn number(check: &Check) -> Json<'static> {
    Json::Number(check.document.number.unwrap_or(1))
}

fn of_finding<'a>(
    told: &'a Told,
    check: &'a Check,
    finding: &'a Finding,
    places: &mut Places<'_>,
) -> Json<'a> {
    let mut fields = vec![
        ("severity", Json::Text(severity(finding.severity))),
        ("rule", Json::Text(&finding.rule)),
        ("pack", check.pack.as_deref().map_or(Json::Null, Json::Text)),
        ("message", Json::Text(&finding.message)),
        ("file", Json::Text(&check.document.file)),
        ("document", number(check)),
    ];
    let text = told.rules.get(&finding.rule).and_then(|rule| rule.severity.as_deref());
    fields.extend(text.map(|text| ("rule_severity", Json::Text(text))));
    fields.extend(finding.path.as_deref().map(|path| ("path", Json::Text(path))));
    fields.extend(finding.missing.as_deref().map(|missing| ("missing", Json::Text(missing))));
    let place = finding.span.and_then(|span| places.of(span));
    fields.extend(place.map(|place| ("location", location(&place))));
    fields.extend(finding.why.as_deref().map(|why| ("why", Json::Text(why))));
    fields.extend(finding.help.as_deref().map(|help| ("help", Json::Text(help))));
    Json::Object(fields)
}

fn of_problem(problem: &placed::Finding) -> Json<'_> {
    let mut fields = vec![("code", Json::Text(problem.code)), ("message", Json::Text(&problem.message))];
    fields.extend(problem.place.as_ref().map(|place| ("location", location(place))));
    fields.extend(problem.help.as_deref().map(|help| ("help", Json::Text(help))));
    Json::Object(fields)
}

fn location(place: &Place) -> Json<'static> {
    Json::Object(vec![
        ("file", Json::Owned(Value::from(&*place.file))),
        ("row", Json::Number(place.start.row)),
        ("col", Json::Number(place.start.col)),
        ("end_row", Json::Number(place.end.row)),
        ("end_col", Json::Number(place.end.col)),
    ])
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
