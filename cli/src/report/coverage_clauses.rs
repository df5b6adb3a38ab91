//! The clauses of a module under names of their own, for formats that know functions.

use std::collections::BTreeMap;

use portcullis::coverage::{ClauseCoverage, FileCoverage, Part, Tests};

use super::outcome::one_line;

/// The clauses that count, each with a name that no other of the file has: its rule, what part of it it is, and a number
/// if there are several, as in `data.authz.allow#2`.
pub(crate) fn named(file: &FileCoverage, tests: Tests) -> Vec<(String, &ClauseCoverage)> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut named: Vec<(String, &ClauseCoverage)> = Vec::new();
    for clause in file.counted(tests) {
        let part = match clause.part {
            Part::Clause => "",
            Part::Else => " else",
            Part::Default => " default",
        };
        // Names end at a comma for readers of LCOV, and rules have one in names that are strings.
        let name = format!("{}{part}", one_line(&clause.rule).replace(',', ";"));
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        named.push(if *count == 1 { (name, clause) } else { (format!("{name}#{count}"), clause) });
    }
    named
}
