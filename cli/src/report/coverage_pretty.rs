//! Coverage for people: the numbers of each file, and what was never seen and why.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use portcullis::coverage::{
    ClauseCoverage, Coverage, FileCoverage, Kind, LiteralCoverage, Part, Range, Reason, Tests, Totals,
};

use super::diagnostics::Printable;
use crate::io::{FAIL, PASS, PLACE};

/// A table of files and kinds, and below it the rows with something that was never seen.
pub(crate) fn write(coverage: &Coverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let files: Vec<(&str, &FileCoverage)> = coverage
        .files
        .iter()
        .filter(|(_, file)| tests == Tests::Counted || !file.is_test)
        .map(|(name, file)| (&**name, file))
        .collect();
    let width = files.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(TOTAL.len());
    write!(out, "{:width$}", "COVERAGE")?;
    Kind::ALL.iter().try_for_each(|kind| write!(out, "  {:>10}", kind.as_str()))?;
    writeln!(out)?;
    for (name, file) in &files {
        row(&Printable(name).to_string(), &Totals::of_file(file, tests), width, out)?;
    }
    row(TOTAL, &Totals::of(coverage, tests), width, out)?;
    for (name, file) in &files {
        missing(name, file, tests, out)?;
    }
    Ok(())
}

fn row(name: &str, totals: &Totals, width: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{name:width$}")?;
    for kind in Kind::ALL {
        let count = totals.count(kind);
        if count.total == 0 {
            write!(out, "  {:>10}", "-")?;
            continue;
        }
        let style = if count.covered == count.total { PASS } else { FAIL };
        write!(out, "  {style}{:>9}%{style:#}", percent(count.percent()))?;
    }
    writeln!(out)
}

/// At most two digits after the point, rounded down, so that 100 means all.
pub(crate) fn percent(percent: f64) -> String {
    let hundredths = (percent * 100.0).floor() / 100.0;
    format!("{hundredths}")
}

/// The rows of a file with something that was never seen, each with the reasons.
fn missing(name: &str, file: &FileCoverage, tests: Tests, out: &mut dyn Write) -> io::Result<()> {
    let mut found: BTreeMap<(Range, u8), String> = BTreeMap::new();
    let mut decisions = BTreeSet::new();
    for clause in file.counted(tests) {
        of_clause(file, clause, &mut found);
        if clause.is_decision && decisions.insert(&clause.rule) {
            found.extend(of_decision(clause).map(|what| ((clause.head, 2), what.to_owned())));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{PLACE}{}{PLACE:#}", Printable(name))?;
    for ((range, _), what) in found {
        let text = first_row(file, &range);
        writeln!(out, "  {}: {}\n      {what}", range.start.row, Printable(&text))?;
    }
    Ok(())
}

fn of_clause(file: &FileCoverage, clause: &ClauseCoverage, found: &mut BTreeMap<(Range, u8), String>) {
    found.extend(clause_gap(clause).map(|what| ((clause.head, 0), what)));
    for literal in file.literals(clause) {
        // What is wrong with the whole clause is said once.
        if literal.evaluated > 0 || clause.entered > 0 {
            found.extend(literal_gap(clause, literal).map(|what| ((literal.range, 1), what)));
        }
    }
}

/// What a clause was never seen doing, and why.
pub(super) fn clause_gap(clause: &ClauseCoverage) -> Option<String> {
    let subject = match clause.part {
        Part::Clause => "never held",
        Part::Else => "never decided",
        Part::Default => "was never used",
    };
    clause.reason().map(|reason| format!("{subject}: {}", because(reason)))
}

/// What a literal of a clause was never seen doing, and why.
pub(super) fn literal_gap(clause: &ClauseCoverage, literal: &LiteralCoverage) -> Option<String> {
    match clause.reason_of(literal) {
        // It was seen false without being evaluated, which counts.
        Some(Reason::IndexExcluded) if literal.failed > 0 => {
            Some("never true: the rule index found it false each time, without evaluating it".to_owned())
        }
        Some(reason) if literal.failed > 0 => Some(format!(
            "never true: the rule index found it false, and when it did not, it was not evaluated: {}",
            because(reason)
        )),
        Some(Reason::IndexExcluded) => {
            Some("never evaluated: the rule index left its clause out each time".to_owned())
        }
        Some(reason) => Some(format!("never evaluated: {}", because(reason))),
        None if !literal.is_condition => None,
        None if literal.held == 0 => Some("never true".to_owned()),
        None if literal.failed == 0 => Some("never false or undefined".to_owned()),
        None => None,
    }
}

/// What a decision was never seen doing.
pub(super) fn of_decision(clause: &ClauseCoverage) -> Option<&'static str> {
    match (clause.allowed, clause.denied) {
        (0, 0) => Some("nothing asked for this decision"),
        (0, _) => Some("this decision never allowed"),
        (_, 0) => Some("this decision never denied"),
        (_, _) => None,
    }
}

fn because(reason: Reason) -> String {
    match reason {
        Reason::NeverReached => "nothing asked for the rule".to_owned(),
        Reason::IndexExcluded => {
            "the rule index left it out each time: what it compares never had its value".to_owned()
        }
        Reason::EarlyExit => "another clause decided before it".to_owned(),
        Reason::EarlierBranch => "the branch before it held each time".to_owned(),
        Reason::HeadNeverMatched => "its head never fitted what was asked for".to_owned(),
        Reason::FailedEarlier(Some(row)) => format!("row {row} did not hold"),
        Reason::FailedEarlier(None) => "its body did not hold".to_owned(),
        Reason::DefaultOnly => "the rule only had its default".to_owned(),
        Reason::DefaultUnused => "another clause held each time".to_owned(),
    }
}

fn first_row(file: &FileCoverage, range: &Range) -> String {
    let row = usize::try_from(range.start.row).unwrap_or(usize::MAX);
    let text = file.text.lines().nth(row.saturating_sub(1)).unwrap_or_default().trim();
    text.chars().take(MAX_WIDTH).collect()
}

const TOTAL: &str = "all files";

/// How much of a row to show.
const MAX_WIDTH: usize = 100;
