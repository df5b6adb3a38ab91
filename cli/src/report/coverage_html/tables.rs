//! The tables of the page: decisions, rules and tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use portcullis::coverage::{Part, Tests};
use portcullis::policy::Location;
use portcullis::source::Sources;
use portcullis::suite::TestResult;

use super::Module;
use crate::report::coverage_clauses::named;
use crate::report::coverage_pretty::{clause_gap, of_decision};
use crate::report::html_text::{line, text};
use crate::report::outcome::{Outcomes, Status};

/// What rules did that others ask whether something may be done.
pub(super) fn decisions(files: &[Module<'_>], tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    start("decisions", "Decisions", &["Decision", "Place", "Allowed", "Denied", "Missing"], out)?;
    for file in files {
        let mut seen = BTreeSet::new();
        let clauses = file.file.counted(tests);
        for clause in clauses.filter(|clause| clause.is_decision && clause.part != Part::Else) {
            if !seen.insert(&clause.rule) {
                continue;
            }
            writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"count\">{}</td><td class=\"count\">{}</td>{}</tr>",
                line(&clause.rule),
                place(file, clause.head.start.row),
                clause.allowed,
                clause.denied,
                gap(of_decision(clause)),
            )?;
        }
    }
    end(out)
}

/// Every clause, and why it never held.
pub(super) fn rules(files: &[Module<'_>], tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    start("rules", "Rules", &["Clause", "Place", "Asked for", "Evaluated", "Held", "Missing"], out)?;
    for file in files {
        for (name, clause) in named(file.file, tests) {
            writeln!(
                out,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"count\">{}</td><td class=\"count\">{}</td><td class=\"count\">{}</td>{}</tr>",
                line(&name),
                place(file, clause.head.start.row),
                clause.asked,
                clause.entered,
                clause.held,
                gap(clause_gap(clause).as_deref()),
            )?;
        }
    }
    end(out)
}

/// Every test with its cases, and why it did not pass.
pub(super) fn tests(
    files: &[Module<'_>],
    results: &[TestResult],
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    let by_name: BTreeMap<&str, &Module<'_>> = files.iter().map(|file| (file.name, file)).collect();
    start("tests", "Tests", &["Result", "Test", "Place"], out)?;
    for result in results {
        for outcome in Outcomes::of(result, sources).rows() {
            let (class, word) = match &outcome.status {
                Status::Passed => ("full", "passed"),
                Status::Failed(_) => ("part", "failed"),
                Status::Errored(_) => ("part", "errored"),
                Status::Skipped(_) => ("skipped", "skipped"),
            };
            let why = match &outcome.status {
                Status::Failed(reason) | Status::Errored(reason) => Some(reason.text.as_str()),
                Status::Skipped(reason) => reason.as_deref(),
                Status::Passed => None,
            };
            let why = why.map(|why| format!("<pre>{}</pre>", text(why))).unwrap_or_default();
            let Location { file, row, .. } = outcome.location;
            let shown = match by_name.get(&**file) {
                Some(file) => place(file, u32::try_from(*row).unwrap_or(u32::MAX)),
                None => format!("{}:{row}", line(file)),
            };
            writeln!(
                out,
                "<tr><td class=\"{class}\">{word}</td><th scope=\"row\">{} {}{why}</th><td>{shown}</td></tr>",
                line(outcome.group),
                line(&outcome.name),
            )?;
        }
    }
    end(out)
}

fn start(id: &str, title: &str, columns: &[&str], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\">\n<h2>{title}</h2>\n<table>")?;
    write!(out, "<thead><tr>")?;
    columns.iter().try_for_each(|column| write!(out, "<th scope=\"col\">{column}</th>"))?;
    writeln!(out, "</tr></thead>\n<tbody>")
}

fn end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</tbody>\n</table>\n</section>")
}

/// A link to a row of a file that the page shows.
fn place(Module { number, name, .. }: &Module<'_>, row: u32) -> String {
    format!("<a href=\"#f{number}L{row}\">{}:{row}</a>", line(name))
}

fn gap(gap: Option<&str>) -> String {
    match gap {
        Some(gap) => format!("<td class=\"part\">{}</td>", line(gap)),
        None => "<td></td>".to_owned(),
    }
}
