//! What made tests fail, for people: what decided, with the values, and errors that were taken for undefined.

use std::io::{self, Write};

use portcullis::policy::Print;
use portcullis::suite::{TestResult, Why};

use super::diagnostics::Printable;
use super::why;
use crate::plural::plural;

/// Indented lines as text; nothing for a test that is not explained.
pub(crate) fn text(result: &TestResult) -> String {
    let mut text = Vec::new();
    match write(result, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => String::new(),
    }
}

/// What was printed, each line with its place if that is known.
pub(crate) fn printed(prints: &[Print]) -> String {
    let line = |print: &Print| match &print.location {
        Some(at) => format!("{}:{}: {}", at.file, at.row, print.text),
        None => print.text.clone(),
    };
    prints.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Indented lines with what a test that is explained printed, and where.
pub(crate) fn write_printed(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    if result.why.is_none() {
        return Ok(());
    }
    let shown = result.prints.get(..MAX_PRINTS).unwrap_or(&result.prints);
    for print in shown {
        // Its text may have several lines.
        let text = printed(std::slice::from_ref(print)).replace('\n', " ");
        writeln!(out, "  printed: {}", Printable(&text))?;
    }
    match result.prints.len() - shown.len() {
        0 => Ok(()),
        more => writeln!(out, "  ... and {} more", plural(more, "line")),
    }
}

/// Indented lines; nothing for a test that is not explained.
pub(crate) fn write(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    let Some(Why { decisions, builtin_errors }) = result.why.as_deref() else { return Ok(()) };
    let mut text = Vec::new();
    why::write(decisions, &mut text)?;
    let text = String::from_utf8_lossy(&text);
    let total = text.lines().count();
    for line in text.lines().take(MAX_LINES) {
        writeln!(out, "  {}", Printable(line))?;
    }
    if total > MAX_LINES {
        writeln!(out, "  ... and {} more lines: `portcullis eval --why` shows all", total - MAX_LINES)?;
    }
    for error in builtin_errors.iter().take(MAX_ERRORS) {
        let at = error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row)).unwrap_or_default();
        let error = format!("{at}{error}");
        writeln!(
            out,
            "  an error was taken for undefined: {}",
            Printable(error.lines().next().unwrap_or_default())
        )?;
    }
    Ok(())
}

/// How many lines to show of one test.
const MAX_LINES: usize = 60;

/// How many printed lines to show of one test.
const MAX_PRINTS: usize = 10;

/// How many errors to show of one test.
const MAX_ERRORS: usize = 5;
