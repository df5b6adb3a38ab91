//! What `validate` found, in the Test Anything Protocol, version 14.
//!
//! The syntax is that of <https://testanything.org/tap-version-14-specification.html>.

use std::fmt::Write as _;

use super::outcome::{lines, one_line};
use super::validate::{Check, Told};

/// A test point for each document and pack, and one for each thing that could not be checked.
pub(super) fn document(told: &Told) -> String {
    let problems = told.problems();
    let count = told.checks.len() + problems.len();
    let mut text = format!("TAP version 14\n1..{count}");
    text.push_str(if count == 0 { " # SKIP nothing was checked\n" } else { "\n" });
    let mut number = 0;
    // Writing to a string can't fail.
    for problem in &problems {
        number += 1;
        let file = problem.place.as_ref().map_or(problem.code, |place| &*place.file);
        _ = writeln!(text, "not ok {number} - {}\n  ---", description(file));
        _ = writeln!(text, "  message: {}\n  severity: error", quoted(&problem.whole_message()));
        if let Some(place) = &problem.place {
            _ = writeln!(text, "  file: {}\n  line: {}", quoted(&place.file), place.start.row);
        }
        text.push_str("  ...\n");
    }
    for check in &told.checks {
        number += 1;
        point(told, check, number, &mut text);
    }
    text
}

fn point(told: &Told, check: &Check, number: usize, text: &mut String) {
    let name = description(&check.name());
    if check.pack.is_none() && check.findings.is_empty() {
        _ = writeln!(text, "ok {number} - {name} # SKIP no pack is for it");
        return;
    }
    let word = if check.findings.iter().any(|finding| told.fails(finding)) { "not ok" } else { "ok" };
    _ = writeln!(text, "{word} {number} - {name}");
    if check.findings.is_empty() {
        return;
    }
    let mut places = told.places();
    text.push_str("  ---\n  findings:\n");
    for finding in &check.findings {
        _ = writeln!(text, "    - rule: {}", quoted(&finding.rule));
        _ = writeln!(text, "      severity: {}", super::sarif::level(finding.severity));
        _ = writeln!(text, "      message: {}", quoted(&finding.whole_message()));
        if let Some(place) = finding.span.and_then(|span| places.of(span)) {
            _ = writeln!(text, "      file: {}", quoted(&place.file));
            _ = writeln!(text, "      line: {}\n      column: {}", place.start.row, place.start.col);
        }
    }
    text.push_str("  ...\n");
}

/// A text as JSON, which YAML includes, so that nothing in it means anything.
fn quoted(text: &str) -> String {
    serde_json::Value::from(lines(text)).to_string()
}

/// A text on one line in which nothing starts a directive.
fn description(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}
