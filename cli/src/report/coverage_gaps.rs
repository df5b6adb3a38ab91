//! What is not covered, kind by kind: where, and what was never seen there.

use std::collections::BTreeSet;
use std::fmt;

use portcullis::coverage::{Coverage, FileCoverage, Kind, Part, Range, Tests, opa};

use super::coverage_pretty::{clause_gap, literal_gap, of_decision};
use super::diagnostics::Printable;

/// A place at which something is not covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    file: String,
    rows: (u32, u32),
    /// What was never seen; nothing for lines.
    what: Option<String>,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = self.rows;
        write!(f, "{}:{from}", Printable(&self.file))?;
        if from != to {
            write!(f, "-{to}")?;
        }
        self.what.iter().try_for_each(|what| write!(f, ": {what}"))
    }
}

/// Everything of a kind that is not covered, by file and row, of the files that `is_meant` says.
pub(crate) fn gaps(
    coverage: &Coverage,
    kind: Kind,
    tests: Tests,
    is_meant: &dyn Fn(&FileCoverage) -> bool,
) -> Vec<Gap> {
    let files = coverage.files.iter().filter(|(_, file)| is_meant(file));
    let gaps = files.flat_map(|(name, file)| {
        let found = if kind == Kind::Line { lines(file, tests) } else { of_file(file, kind, tests) };
        found.into_iter().map(|(rows, what)| Gap { file: name.to_string(), rows, what })
    });
    gaps.collect()
}

type Found = Vec<((u32, u32), Option<String>)>;

fn lines(file: &FileCoverage, tests: Tests) -> Found {
    if file.is_test && tests == Tests::LeftOut {
        return Vec::new();
    }
    let rows = opa::of_file(file, tests).rows_not_covered();
    rows.into_iter().map(|rows| ((*rows.start(), *rows.end()), None)).collect()
}

fn of_file(file: &FileCoverage, kind: Kind, tests: Tests) -> Found {
    let mut found: BTreeSet<(Range, String)> = BTreeSet::new();
    for clause in file.counted(tests) {
        match kind {
            Kind::Rule => found.extend(clause_gap(clause).map(|what| (clause.head, what))),
            Kind::Expression => {
                let literals = file.literals(clause).filter(|literal| literal.evaluated == 0);
                found.extend(
                    literals.filter_map(|literal| Some((literal.range, literal_gap(clause, literal)?))),
                );
            }
            Kind::Condition => {
                let literals = file.literals(clause).filter(|literal| literal.is_condition);
                found.extend(
                    literals.filter_map(|literal| Some((literal.range, literal_gap(clause, literal)?))),
                );
            }
            Kind::Decision if clause.is_decision && clause.part != Part::Else => {
                let what = of_decision(clause).map(|what| format!("{}: {what}", clause.rule));
                // A rule is one decision, however many clauses it has.
                let is_known = |what: &String| found.iter().any(|(_, other)| other == what);
                found.extend(what.filter(|what| !is_known(what)).map(|what| (clause.head, what)));
            }
            Kind::Line | Kind::Decision => {}
        }
    }
    found.into_iter().map(|(range, what)| ((range.start.row, range.start.row), Some(what))).collect()
}
