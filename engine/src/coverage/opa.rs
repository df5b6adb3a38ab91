//! Coverage as OPA measures it: by ranges of what was written or generated, and by rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Coverage, FileCoverage, Range, Tests};

/// What OPA counts in one module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// The heads and literals as written, without those that only declare variables.
    pub written: BTreeSet<Range>,
    /// The heads of clauses that held, and the literals that were evaluated, also those that the compiler made.
    pub covered: BTreeSet<Range>,
    /// What is covered when no rule index leaves clauses out; none if nobody looked.
    pub no_index: Option<BTreeSet<Range>>,
    /// What is covered when no clause is left out because others decided; none if nobody looked.
    pub no_early_exit: Option<BTreeSet<Range>>,
}

/// OPA's report of several modules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report<'c> {
    /// By file name.
    pub files: BTreeMap<&'c str, FileReport>,
    /// The rows of the covered ranges, over all files.
    pub covered_lines: usize,
    /// The rows of the ranges that are not covered; a row can be in both.
    pub not_covered_lines: usize,
}

/// OPA's report of one module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileReport {
    /// What is covered.
    pub covered: Vec<Range>,
    /// What is not, and why.
    pub not_covered: Vec<(Range, Vec<Kind>)>,
    /// How many rows the covered ranges touch.
    pub covered_lines: usize,
    /// How many rows the others touch.
    pub not_covered_lines: usize,
}

/// Why OPA says that a range is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The rule index left it out.
    IndexExcluded,
    /// Another clause decided before.
    EarlyExit,
}

impl Kind {
    /// OPA's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IndexExcluded => "index_excluded",
            Self::EarlyExit => "early_exit",
        }
    }
}

/// The report that OPA would make; of tests only if they are counted.
pub fn report(coverage: &Coverage, tests: Tests) -> Report<'_> {
    let mut all = Report::default();
    for (name, file) in &coverage.files {
        if file.is_test && tests == Tests::LeftOut {
            continue;
        }
        let report = of_file(file, tests);
        all.covered_lines += report.covered_lines;
        all.not_covered_lines += report.not_covered_lines;
        all.files.insert(name, report);
    }
    all
}

impl Report<'_> {
    /// Covered rows in percent of all; 0 when there are none.
    pub fn percent(&self) -> f64 {
        percent(self.covered_lines, self.not_covered_lines)
    }
}

impl FileReport {
    /// The rows that ranges touch which are not covered, those that follow each other together.
    pub fn rows_not_covered(&self) -> Vec<RangeInclusive<u32>> {
        runs(rows(self.not_covered.iter().map(|(range, _)| range)))
    }

    /// Covered rows in percent of all; 0 when there are none.
    pub fn percent(&self) -> f64 {
        percent(self.covered_lines, self.not_covered_lines)
    }
}

/// Rows that follow each other, from the first to the last.
fn runs(rows: BTreeSet<u32>) -> Vec<RangeInclusive<u32>> {
    let mut runs: Vec<RangeInclusive<u32>> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some(run) if *run.end() + 1 == row => *run = *run.start()..=row,
            Some(_) | None => runs.push(row..=row),
        }
    }
    runs
}

/// The report of one module, as if it alone were measured.
pub fn of_file(file: &FileCoverage, tests: Tests) -> FileReport {
    let Ranges { written, covered, no_index, no_early_exit } = &file.opa;
    let left_out: Vec<Range> = match tests {
        Tests::Counted => Vec::new(),
        Tests::LeftOut => {
            file.clauses.iter().filter(|clause| clause.is_test).map(|clause| clause.range).collect()
        }
    };
    let uncounted = file.clauses.iter().flat_map(|clause| {
        let rows = |row| file.uncounted.iter().any(|uncounted| uncounted.row == row);
        let whole = rows(clause.range.start.row).then_some(clause.range);
        let literals = clause.literals.iter().map(|literal| literal.range);
        whole.into_iter().chain(literals.filter(move |range| rows(range.start.row)))
    });
    let left_out: Vec<Range> = left_out.into_iter().chain(uncounted).collect();
    let is_counted = |range: &&Range| !left_out.iter().any(|other| other.contains(range));
    let covered: Vec<Range> = covered.iter().filter(is_counted).copied().collect();
    let not_covered: Vec<(Range, Vec<Kind>)> = written
        .iter()
        .filter(is_counted)
        .filter(|range| !covered.iter().any(|candidate| candidate.contains(range)))
        .map(|range| {
            let passes = [(Kind::IndexExcluded, no_index), (Kind::EarlyExit, no_early_exit)];
            let kinds = passes.into_iter().filter(|(_, ranges)| {
                ranges.as_ref().is_some_and(|ranges| ranges.iter().any(|candidate| candidate.contains(range)))
            });
            (*range, kinds.map(|(kind, _)| kind).collect())
        })
        .collect();
    FileReport {
        covered_lines: rows(covered.iter()).len(),
        not_covered_lines: rows(not_covered.iter().map(|(range, _)| range)).len(),
        covered,
        not_covered,
    }
}

fn rows<'r>(ranges: impl Iterator<Item = &'r Range>) -> BTreeSet<u32> {
    ranges.flat_map(|range| range.start.row..=range.end.row).collect()
}

#[expect(clippy::cast_precision_loss, reason = "no module has 2^52 rows")]
fn percent(covered: usize, not_covered: usize) -> f64 {
    match covered + not_covered {
        0 => 0.0,
        all => 100.0 * covered as f64 / all as f64,
    }
}
