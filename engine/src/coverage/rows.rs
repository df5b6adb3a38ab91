//! Coverage row by row, for formats that know nothing smaller.

use std::collections::BTreeMap;

use super::{FileCoverage, LiteralCoverage, Tests};

/// A row on which something starts that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row<'c> {
    /// How often what starts on it held, if it is a head, or was evaluated, if it is a literal: the most of these.
    pub hits: u64,
    /// The conditions that start on it.
    pub conditions: Vec<&'c LiteralCoverage>,
}

impl FileCoverage {
    /// The rows on which a head or literal starts that counts, from 1.
    ///
    /// OPA counts each row that a piece touches instead, and a row twice that has something covered and something not.
    pub fn rows(&self, tests: Tests) -> BTreeMap<u32, Row<'_>> {
        let mut rows: BTreeMap<u32, Row<'_>> = BTreeMap::new();
        for clause in self.counted(tests) {
            let head = rows.entry(clause.head.start.row).or_default();
            head.hits = head.hits.max(clause.held);
            for literal in self.literals(clause) {
                let row = rows.entry(literal.range.start.row).or_default();
                row.hits = row.hits.max(literal.evaluated);
                if literal.is_condition {
                    row.conditions.push(literal);
                }
            }
        }
        for row in rows.values_mut() {
            row.conditions.sort_by_key(|literal| literal.range);
        }
        rows
    }
}
