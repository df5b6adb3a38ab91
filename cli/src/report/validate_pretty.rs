//! What `validate` found, for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use portcullis::diagnostic::Severity;

use super::diagnostics::{Paragraph, paragraph};
use super::validate::Told;
use crate::io::{FAIL, PASS};
use crate::plural::plural;

/// A paragraph for each finding, and a line with how many there are.
pub(super) fn write(told: &Told, out: &mut dyn Write) -> io::Result<()> {
    let mut places = told.places();
    for (check, finding) in told.findings() {
        let label = finding.missing.as_ref().map(|missing| format!("`{missing}` is missing here"));
        let shown = Paragraph {
            severity: finding.severity,
            code: &finding.rule,
            message: &finding.message,
            span: finding.span,
            origin: places.of(check.document.span).map(|place| (&*check.document.file, place.start.row)),
            label: label.as_deref(),
            why: finding.why.as_deref(),
            help: finding.help.as_deref(),
        };
        writeln!(out, "{}", paragraph(&shown, &told.sources))?;
    }
    if told.checks.is_empty() && told.problems.is_any() {
        return Ok(());
    }
    let (word, style) = if told.problems.is_any() {
        ("ERROR", FAIL)
    } else if told.is_bad() {
        ("FAIL", FAIL)
    } else {
        ("PASS", PASS)
    };
    writeln!(out, "{style}{word}{style:#}: {}", summary(told))
}

fn summary(told: &Told) -> String {
    let mut text = format!(
        "{}, {} in {} of {}",
        plural(told.count(Severity::Error), "finding"),
        plural(told.count(Severity::Warning), "warning"),
        plural(told.documents, "document"),
        plural(told.files, "file"),
    );
    let unasked = told.checks.iter().filter(|check| check.pack.is_none()).count();
    let exempt: usize = told.checks.iter().map(|check| check.exempt).sum();
    // Writing to a string can't fail.
    if unasked > 0 {
        _ = write!(text, "; no pack is for {}", plural(unasked, "document"));
    }
    if exempt > 0 {
        _ = write!(text, "; {} taken back by exceptions", plural(exempt, "finding"));
    }
    text
}
