//! Findings of probes for people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use portcullis::probe::corpus::End;
use portcullis::probe::decision::Verdict;
use portcullis::probe::edit::Case;
use portcullis::probe::finding::{Fact, Finding, Twist};
use portcullis::probe::hunt::{Hunted, Reached};
use portcullis::probe::paste::{self, Expected, Replaced};
use portcullis::probe::probes::Severity;
use portcullis::probe::rows::Row;
use portcullis::source::Span;

use super::{Judged, Told, properties};
use crate::plural::plural;
use crate::report::diagnostics::one_line;

/// The findings, each with a case to paste into a suite and a test to paste into a module, and what was looked at.
pub(crate) fn pretty(told: &Told<'_>) -> String {
    let mut text = String::new();
    for (findings, facts, hunted) in &told.hunts {
        for (finding, judged) in
            hunted.findings.iter().zip(findings).filter(|(_, judged)| judged.accepted.is_none())
        {
            write_finding(told, finding, judged, &mut text);
        }
        let open = hunted.facts.iter().zip(facts).filter(|(_, judged)| judged.accepted.is_none());
        for (fact, _) in open {
            write_fact(told, fact, &mut text);
        }
        write_summary(hunted, findings, facts, &mut text);
    }
    properties::write(&told.properties, &mut text);
    text
}

fn write_finding(told: &Told<'_>, finding: &Finding, judged: &Judged, text: &mut String) {
    let pair = &finding.pair;
    let word = severity(finding.probe.severity);
    let detail = if pair.detail.is_empty() { String::new() } else { format!(", {}", pair.detail) };
    _ = writeln!(
        text,
        "{word} {} {}: {}{detail}",
        finding.probe.id,
        finding.probe.name,
        one_line(&finding.place())
    );
    _ = writeln!(text, "  {} {}", finding.decision.name(), finding.probe.summary);
    _ = writeln!(text, "  {:<10} {}", verdict(pair.verdict_before), one_line(&before(finding)));
    _ = writeln!(text, "  {:<10} {}", verdict(pair.verdict_after), one_line(&after(finding)));
    spans(told, "let in by", &finding.granting, text);
    spans(told, "silenced", &finding.silenced, text);
    rows(&finding.through, text);
    if let Some(agrees) = judged.opa {
        let answer =
            if agrees { "decides both in the same way" } else { "decides otherwise: please report that" };
        _ = writeln!(text, "  OPA        {answer}");
    }
    _ = writeln!(text, "  why        {}", finding.probe.why);
    _ = writeln!(text, "  instead    {}", finding.probe.instead);
    if pair.twist == Twist::None {
        let name = format!("probe {} {}", finding.probe.id, finding.place());
        let expect =
            if finding.probe.severity == Severity::Hard { Verdict::Deny } else { pair.verdict_after };
        let replaced = Replaced::between(told.loaded, &pair.after.data);
        let (decision, case) = (&finding.decision, &pair.after);
        let expected = Expected::Verdict(expect, finding.value.as_ref());
        _ = writeln!(text, "  as a row of a table suite:");
        indented(&paste::table_case(&name, decision, case, &replaced, expected), text);
        _ = writeln!(text, "  as a test in Rego:");
        indented(&paste::rego_test(&paste::test_name(&name), decision, case, &replaced, expected), text);
    } else {
        _ = writeln!(text, "  input      {}", one_line(&input(&pair.after)));
        let replaced = Replaced::between(told.loaded, &pair.after.data);
        if !replaced.documents.is_empty() || !replaced.lost.is_empty() {
            _ = writeln!(text, "  data       that of {}", one_line(&finding.seed));
        }
    }
    text.push('\n');
}

fn write_fact(told: &Told<'_>, fact: &Fact, text: &mut String) {
    let word = severity(fact.probe.severity);
    _ = writeln!(text, "{word} {} {}: {}", fact.probe.id, fact.probe.name, one_line(&fact.place));
    _ = writeln!(text, "  {}", one_line(&fact.message));
    spans(told, "there", fact.span.as_slice(), text);
    _ = writeln!(text, "  instead    {}\n", fact.probe.instead);
}

fn write_summary(hunted: &Hunted, findings: &[Judged], facts: &[Judged], text: &mut String) {
    let Reached { both, one, all } = hunted.literals;
    let accepted = findings.iter().chain(facts).filter(|judged| judged.accepted.is_some()).count();
    let open = |severity| {
        let found = hunted.findings.iter().map(|finding| finding.probe).zip(findings);
        let known = hunted.facts.iter().map(|fact| fact.probe).zip(facts);
        let counted = found
            .chain(known)
            .filter(|(probe, judged)| probe.severity == severity && judged.accepted.is_none());
        counted.count() as u64
    };
    _ = writeln!(
        text,
        "{}: {}, {} to review, {accepted} accepted",
        hunted.decision.name(),
        plural(open(Severity::Hard), "hard finding"),
        open(Severity::Review),
    );
    _ = writeln!(
        text,
        "  looked at {}, from {} of which {} allowed; {} of {} went both ways, {one} one way, {} were not reached",
        plural(hunted.tried, "input"),
        plural(hunted.seeds as u64, "case"),
        if hunted.allowed == 1 { "1 is".to_owned() } else { format!("{} are", hunted.allowed) },
        both,
        plural(all as u64, "condition"),
        all - both - one,
    );
    match hunted.end {
        End::Exhausted => {}
        End::Budget => {
            let left = plural(hunted.left as u64, "input");
            _ = writeln!(text, "  there is more to look at, near {left}: --cases N allows more inputs");
        }
        End::Stopped => {
            let left = plural(hunted.left as u64, "input");
            _ = writeln!(text, "  not everything was looked at, near {left}: --time DURATION allows more");
        }
    }
    if hunted.allowed == 0 {
        text.push_str("  no case is allowed, so nothing is known of who gets in: write a test that is\n");
    }
}

fn spans(told: &Told<'_>, word: &str, spans: &[Span], text: &mut String) {
    for span in spans.iter().take(MAX_SPANS) {
        let Some(place) = told.place(*span) else { continue };
        let source = told.sources.get(span.source).map(|source| source.text().clone()).unwrap_or_default();
        let line = source.get(span.start as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        _ = writeln!(
            text,
            "  {word:<10} {}:{}: {}",
            one_line(&place.file),
            place.start.row,
            one_line(line.trim())
        );
    }
}

/// The rows of data that let somebody in, a few of them by their places and what they say.
fn rows(rows: &BTreeSet<Row>, text: &mut String) {
    for row in rows.iter().take(MAX_ROWS) {
        _ = writeln!(text, "  through    {}: {}", one_line(&row.place), one_line(&row.name.to_json()));
    }
    if rows.len() > MAX_ROWS {
        _ = writeln!(text, "  through    {} more", rows.len() - MAX_ROWS);
    }
}

fn indented(block: &str, text: &mut String) {
    for line in block.lines() {
        _ = writeln!(text, "    {line}");
    }
}

/// The case before the edit, in words.
fn before(finding: &Finding) -> String {
    let context: Vec<String> = finding.pair.context.iter().map(ToString::to_string).collect();
    if context.is_empty() {
        finding.seed.to_string()
    } else {
        format!("{}, {}", finding.seed, context.join(", "))
    }
}

/// What is done with it, in words.
pub(super) fn after(finding: &Finding) -> String {
    let edit = finding.pair.edit.to_string();
    match &finding.pair.twist {
        Twist::None => edit,
        Twist::Fault(function, operands) => {
            let operands: Vec<String> = operands.iter().map(portcullis::value::Value::to_rego).collect();
            format!("the same, and {function}({}) fails", operands.join(", "))
        }
        Twist::Strict(error) => format!("{edit}; with strict errors: {error}"),
        Twist::Passed(error) => format!("the same; with strict errors: {error}"),
        Twist::Outside => format!("the same, after asking {}", finding.pair.detail),
    }
}

/// In a word.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allowed",
        Verdict::Deny => "denied",
        Verdict::Error(code) => code.as_str(),
    }
}

/// In a word.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Hard => "HARD",
        Severity::Review => "REVIEW",
    }
}

fn input(case: &Case) -> String {
    case.input.as_ref().map_or_else(|| "none".to_owned(), portcullis::value::Value::to_json)
}

/// How many places are shown of one kind.
const MAX_SPANS: usize = 4;
const MAX_ROWS: usize = 6;
