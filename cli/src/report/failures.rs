//! What made tests fail, for people: what decided, with the values, and errors that were taken for undefined.

use std::io::{self, Write};
use std::sync::Arc;

use portcullis::policy::{EvalError, Print};
use portcullis::suite::{CaseResult, TestResult, Why};

use super::diagnostics::{Printable, one_line};
use super::why;
use crate::plural::plural;

/// Indented lines as text: of the cases of a test, and of the test; nothing for one that is not explained.
pub(crate) fn text(result: &TestResult) -> String {
    as_text(|out| write(result, out))
}

/// The same without what its cases tell for themselves.
pub(crate) fn of_test(result: &TestResult) -> String {
    as_text(|out| write_test(result, out))
}

/// The same of one case with this name.
pub(crate) fn of_case(name: &str, why: &Why) -> String {
    as_text(|out| write_case(name, why, MAX_LINES, out))
}

fn as_text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    match write(&mut text) {
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

/// Indented lines: of the cases of a test, each for itself, and of the test; nothing for one that is not explained.
pub(crate) fn write(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    let mut cases = Vec::new();
    let untold = explained(result.cases.iter().flatten(), &result.id.to_string(), &mut cases);
    let shown = cases.get(..MAX_CASES).unwrap_or(&cases);
    let lines = MAX_LINES.checked_div(shown.len()).unwrap_or_default().max(MIN_LINES);
    for (name, why) in shown {
        write_case(name, why, lines, out)?;
    }
    let more = cases.len() - shown.len() + untold;
    if more > 0 && !shown.is_empty() {
        writeln!(out, "  ... and {}: {CHOOSE_CASE}", plural(more, "more failed case"))?;
    }
    write_test(result, out)
}

/// The cases that are explained, with their full names, those inside of others before these. Answers how many failed that are
/// not, and have none around them that is.
fn explained<'r>(
    cases: impl Iterator<Item = (&'r Arc<str>, &'r CaseResult)>,
    prefix: &str,
    found: &mut Vec<(String, &'r Why)>,
) -> usize {
    let mut untold = 0;
    for (name, case) in cases {
        let name = format!("{prefix}/{name}");
        let inside = explained(case.cases.iter(), &name, found);
        match case.why.as_deref() {
            Some(why) => found.push((name, why)),
            None if case.cases.is_empty() && case.failed() => untold += 1,
            None => untold += inside,
        }
    }
    untold
}

fn write_test(result: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    let Some(Why { decisions, builtin_errors }) = result.why.as_deref() else { return Ok(()) };
    let mut text = Vec::new();
    why::write(decisions, &mut text)?;
    write_lines(&text, MAX_LINES, "`portcullis eval --why` shows all", out)?;
    write_errors(builtin_errors, out)
}

fn write_case(name: &str, why: &Why, lines: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    let name: String = one_line(name).chars().take(MAX_NAME).collect();
    why::write_case(&name, &why.decisions, &mut text)?;
    write_lines(&text, lines, if lines < MAX_LINES { CHOOSE_CASE } else { "" }, out)?;
    write_errors(&why.builtin_errors, out)
}

/// So many lines, and how many more there are.
fn write_lines(text: &[u8], most: usize, hint: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = String::from_utf8_lossy(text);
    let total = text.lines().count();
    for line in text.lines().take(most) {
        writeln!(out, "  {}", Printable(line))?;
    }
    if total > most {
        let hint = if hint.is_empty() { String::new() } else { format!(": {hint}") };
        writeln!(out, "  ... and {}{hint}", plural(total - most, "more line"))?;
    }
    Ok(())
}

fn write_errors(errors: &[EvalError], out: &mut dyn Write) -> io::Result<()> {
    for error in errors.iter().take(MAX_ERRORS) {
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

/// How to see what is left out of cases.
const CHOOSE_CASE: &str = "`--run TEST/CASE` shows one case in full";

/// How many lines to show of one test, or of all its cases together if that gives each of them enough.
const MAX_LINES: usize = 60;

/// How many lines each case has in any case.
const MIN_LINES: usize = 15;

/// How many cases to show of one test.
const MAX_CASES: usize = 20;

/// How many characters of the name of a case to show.
const MAX_NAME: usize = 300;

/// How many printed lines to show of one test.
const MAX_PRINTS: usize = 10;

/// How many errors to show of one test, and of each of its cases.
const MAX_ERRORS: usize = 5;
