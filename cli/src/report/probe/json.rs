//! Findings of probes as JSON.

use portcullis::probe::corpus::End;
use portcullis::probe::decision::Verdict;
use portcullis::probe::edit::Case;
use portcullis::probe::finding::{Fact, Finding};
use portcullis::probe::hunt::Hunted;
use portcullis::probe::paste::Replaced;
use portcullis::probe::rows::Row;
use portcullis::source::Span;
use portcullis::value::Value;

use super::pretty::{after, severity, verdict};
use super::{Judged, Told, properties};
use crate::report::json_document::Json;

/// One document: for each decision what was looked at and what was found. Accepted findings are in it, with their reasons.
pub(crate) fn json(told: &Told<'_>) -> String {
    let decisions = told.hunts.iter().map(|(findings, facts, hunted)| of_hunt(told, findings, facts, hunted));
    let mut fields = vec![("decisions", Json::Array(decisions.collect()))];
    if !told.properties.is_empty() {
        let properties = told.properties.iter().map(properties::json);
        fields.push(("properties", Json::Array(properties.collect())));
    }
    Json::Object(fields).pretty() + "\n"
}

fn of_hunt<'a>(
    told: &'a Told<'_>,
    findings: &'a [Judged],
    facts: &'a [Judged],
    hunted: &'a Hunted,
) -> Json<'a> {
    let found =
        hunted.findings.iter().zip(findings).map(|(finding, judged)| of_finding(told, finding, judged));
    let known = hunted.facts.iter().zip(facts).map(|(fact, judged)| of_fact(told, fact, judged));
    let end = match hunted.end {
        End::Exhausted => "exhausted",
        End::Budget => "budget",
        End::Stopped => "stopped",
    };
    let number = |number: u64| Json::Number(usize::try_from(number).unwrap_or(usize::MAX));
    Json::Object(vec![
        ("decision", Json::Owned(Value::from(hunted.decision.name()))),
        ("inputs", number(hunted.tried)),
        ("cases", Json::Number(hunted.seeds)),
        ("allowed_cases", Json::Number(hunted.allowed)),
        ("ways", Json::Number(hunted.ways)),
        (
            "conditions",
            Json::Object(vec![
                ("both", Json::Number(hunted.literals.both)),
                ("one", Json::Number(hunted.literals.one)),
                ("all", Json::Number(hunted.literals.all)),
            ]),
        ),
        ("end", Json::Text(end)),
        ("left", Json::Number(hunted.left)),
        ("findings", Json::Array(found.chain(known).collect())),
    ])
}

fn of_finding<'a>(told: &'a Told<'_>, finding: &'a Finding, judged: &'a Judged) -> Json<'a> {
    let context = finding.pair.context.iter().map(|edit| Json::Owned(Value::from(edit.to_string())));
    let mut fields = vec![
        ("probe", Json::Text(finding.probe.id)),
        ("name", Json::Text(finding.probe.name)),
        ("severity", Json::Text(word(severity(finding.probe.severity)))),
        ("place", Json::Owned(Value::from(finding.place()))),
    ];
    if !finding.pair.detail.is_empty() {
        fields.push(("detail", Json::Text(finding.pair.detail)));
    }
    fields.extend([
        ("case", Json::Text(&finding.seed)),
        ("context", Json::Array(context.collect())),
        ("edit", Json::Owned(Value::from(after(finding)))),
        ("before", of_case(told, &finding.pair.before, finding.pair.verdict_before)),
        ("after", of_case(told, &finding.pair.after, finding.pair.verdict_after)),
        ("granting", of_spans(told, &finding.granting)),
        ("silenced", of_spans(told, &finding.silenced)),
        ("through", Json::Array(finding.through.iter().map(of_row).collect())),
    ]);
    fields.extend(judged.opa.map(|agrees| ("opa_agrees", Json::Owned(Value::from(agrees)))));
    fields.extend(judged.accepted.as_ref().map(|reason| ("accepted", Json::Text(reason))));
    Json::Object(fields)
}

fn of_row(row: &Row) -> Json<'_> {
    Json::Object(vec![("place", Json::Text(&row.place)), ("name", Json::Value(&row.name))])
}

fn of_fact<'a>(told: &'a Told<'_>, fact: &'a Fact, judged: &'a Judged) -> Json<'a> {
    let mut fields = vec![
        ("probe", Json::Text(fact.probe.id)),
        ("name", Json::Text(fact.probe.name)),
        ("severity", Json::Text(word(severity(fact.probe.severity)))),
        ("place", Json::Text(&fact.place)),
        ("message", Json::Text(&fact.message)),
        ("there", of_spans(told, fact.span.as_slice())),
    ];
    fields.extend(judged.accepted.as_ref().map(|reason| ("accepted", Json::Text(reason))));
    Json::Object(fields)
}

/// A case: its input if it has one, and the base documents that are others than those that are loaded.
fn of_case<'a>(told: &Told<'_>, case: &'a Case, decided: Verdict) -> Json<'a> {
    let mut fields = vec![("verdict", Json::Text(verdict(decided)))];
    fields.extend(case.input.as_ref().map(|input| ("input", Json::Value(input))));
    let replaced = Replaced::between(told.loaded, &case.data);
    if !replaced.documents.is_empty() || !replaced.lost.is_empty() {
        fields.push(("data", Json::Value(&case.data)));
    }
    Json::Object(fields)
}

fn of_spans<'a>(told: &Told<'_>, spans: &[Span]) -> Json<'a> {
    let places = spans.iter().filter_map(|span| told.place(*span)).map(|place| {
        Json::Object(vec![
            ("file", Json::Owned(Value::from(&*place.file))),
            ("row", Json::Number(place.start.row)),
            ("col", Json::Number(place.start.col)),
        ])
    });
    Json::Array(places.collect())
}

fn word(severity: &'static str) -> &'static str {
    match severity {
        "HARD" => "hard",
        _ => "review",
    }
}
