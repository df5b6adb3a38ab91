//! Coverage: what evaluations made of policies, counted by the program's ids and told by what was written.
//!
//! ```text
//! evaluation --Counters--> collect(program, modules) --> Coverage --> Totals, reports
//!                                Coverage of other policies or runs --add--^
//! ```
//!
//! Counting by ids makes the result independent of how a policy is laid out. OPA's own measure, which counts rows and
//! ranges, is kept beside it (see [`opa`]) for whoever compares with OPA.

mod add;
pub mod baseline;
mod collect;
pub mod hits;
pub mod opa;
mod outline;
mod read;
mod rows;
mod totals;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use add::Clash;
pub(crate) use collect::collect;
pub use hits::{Counters, Hits, Passes};
pub use read::ReadError;
pub use rows::Row;
pub use totals::{Count, Kind, Totals};

/// The coverage of modules, by the names of their files. Serialised, it is the format that runs exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The version of the format: [`VERSION`].
    pub version: u32,
    /// The files.
    pub files: BTreeMap<Arc<str>, FileCoverage>,
}

/// The version of the serialised form.
pub const VERSION: u32 = 1;

/// The coverage of one module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCoverage {
    /// The module's package, as `data.authz`.
    pub package: Arc<str>,
    /// The module's text.
    pub text: Arc<str>,
    /// Whether the module is one of tests, by its name: `*_test.rego`.
    pub is_test: bool,
    /// The clauses of its rules in the order written, those of tests too.
    pub clauses: Vec<ClauseCoverage>,
    /// What somebody does not want counted.
    pub uncounted: Vec<Uncounted>,
    /// What OPA counts.
    pub opa: opa::Ranges,
}

/// A piece of a module, rows and columns from 1, the end past the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Where it starts.
    pub start: Place,
    /// Where it ends.
    pub end: Place,
}

/// A row and a column, from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The row.
    pub row: u32,
    /// The column.
    pub col: u32,
}

/// One clause of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseCoverage {
    /// The rule, as `data.authz.allow`.
    pub rule: Arc<str>,
    /// What part of its rule it is.
    pub part: Part,
    /// Whether the rule is a test.
    pub is_test: bool,
    /// Whether the rule is one that other systems ask whether something may be done.
    pub is_decision: bool,
    /// All of it.
    pub range: Range,
    /// Its head.
    pub head: Range,
    /// How often its rule was asked for, and what it came to.
    pub asked: u64,
    /// How often its rule had a value that lets somebody do something.
    pub allowed: u64,
    /// How often its rule had none, `false`, an empty collection, or an object whose `allow` or `allowed` is `false`.
    pub denied: u64,
    /// How often the rule index left it over.
    pub candidate: u64,
    /// How often it was not tried because a clause before it decided.
    pub skipped: u64,
    /// How often its body was evaluated.
    pub entered: u64,
    /// In how many ways it held.
    pub held: u64,
    /// Its literals in the order written, those inside of others after them.
    pub literals: Vec<LiteralCoverage>,
}

/// What part of a rule a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A head and a body.
    Clause,
    /// What holds when the clause before it doesn't.
    Else,
    /// What holds when nothing else does.
    Default,
}

/// One literal as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiteralCoverage {
    /// All of it.
    pub range: Range,
    /// Whether it decides something: it can be true or not. Declarations, iterations and assignments don't count as such.
    pub is_condition: bool,
    /// How many literals it is inside of.
    pub depth: u32,
    /// How often it was evaluated.
    pub evaluated: u64,
    /// In how many ways it held.
    pub held: u64,
    /// How often it was false or undefined; also when it was not evaluated, because the rule index knew.
    pub failed: u64,
}

/// A piece of a module that is not to be counted: `# portcullis: no-cover REASON`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uncounted {
    /// The row whose clause or literal is meant.
    pub row: u32,
    /// Why.
    pub reason: Arc<str>,
}

/// Why something was never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing asked for the rule.
    NeverReached,
    /// The rule index left the clause out: what it compares had other values.
    IndexExcluded,
    /// A clause before it decided.
    EarlyExit,
    /// The branch before it held.
    EarlierBranch,
    /// The head did not fit what was asked for.
    HeadNeverMatched,
    /// A literal before it did not hold; the row of that literal, if it is known.
    FailedEarlier(Option<u32>),
    /// The rule only ever had its default value.
    DefaultOnly,
    /// Another clause held whenever the rule was asked for.
    DefaultUnused,
}

impl ClauseCoverage {
    /// Why the clause never held; none if it did.
    pub fn reason(&self) -> Option<Reason> {
        if self.held > 0 {
            return None;
        }
        Some(self.not_entered().unwrap_or_else(|| {
            if self.part == Part::Clause && self.allowed == 0 {
                return self
                    .last_failure()
                    .map_or(Reason::DefaultOnly, |row| Reason::FailedEarlier(Some(row)));
            }
            Reason::FailedEarlier(self.last_failure())
        }))
    }

    /// Why a literal of the clause was never evaluated; none if it was.
    pub fn reason_of(&self, literal: &LiteralCoverage) -> Option<Reason> {
        if literal.evaluated > 0 {
            return None;
        }
        Some(self.not_entered().unwrap_or_else(|| Reason::FailedEarlier(self.last_failure())))
    }

    fn not_entered(&self) -> Option<Reason> {
        if self.entered > 0 {
            return None;
        }
        Some(match self.part {
            _ if self.asked == 0 => Reason::NeverReached,
            Part::Default => Reason::DefaultUnused,
            Part::Else => Reason::EarlierBranch,
            Part::Clause if self.candidate == 0 => Reason::IndexExcluded,
            Part::Clause if self.skipped > 0 => Reason::EarlyExit,
            Part::Clause => Reason::HeadNeverMatched,
        })
    }

    /// The row of the last literal that was evaluated and did not hold.
    fn last_failure(&self) -> Option<u32> {
        let outer = self.literals.iter().filter(|literal| literal.depth == 0 && literal.failed > 0);
        outer.max_by_key(|literal| literal.range.start).map(|literal| literal.range.start.row)
    }
}

impl FileCoverage {
    /// The clauses that count: those of tests don't unless `tests`, nor what somebody does not want counted.
    pub fn counted(&self, tests: Tests) -> impl Iterator<Item = &ClauseCoverage> {
        let is_counted = move |clause: &&ClauseCoverage| {
            (tests == Tests::Counted || !clause.is_test && !self.is_test)
                && !self.is_uncounted(clause.range.start.row)
        };
        self.clauses.iter().filter(is_counted)
    }

    /// The literals of a clause that count.
    pub fn literals<'c>(&'c self, clause: &'c ClauseCoverage) -> impl Iterator<Item = &'c LiteralCoverage> {
        clause.literals.iter().filter(|literal| {
            let row = literal.range.start.row;
            row == clause.range.start.row || !self.is_uncounted(row)
        })
    }

    fn is_uncounted(&self, row: u32) -> bool {
        self.uncounted.iter().any(|uncounted| uncounted.row == row)
    }
}

/// Whether the rules of tests count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tests {
    /// As all other rules, which OPA does.
    Counted,
    /// Not at all.
    #[default]
    LeftOut,
}

impl Range {
    /// Whether another range lies inside of this one.
    pub fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}
