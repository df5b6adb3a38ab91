//! Coverage in numbers: how much of what there is was seen, by kind.

use super::{Coverage, FileCoverage, Part, Tests, opa};

/// What coverage is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Rows, as OPA counts them.
    Line,
    /// Clauses, defaults and `else` branches that held.
    Rule,
    /// Literals that were evaluated.
    Expression,
    /// Literals that decide something: seen holding, and seen not holding.
    Condition,
    /// Rules that are asked whether something may be done: seen allowing, and seen denying.
    Decision,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Seen.
    pub covered: usize,
    /// All there are.
    pub total: usize,
}

/// The numbers of one file, one package or everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    line: Count,
    rule: Count,
    expression: Count,
    condition: Count,
    decision: Count,
}

impl Kind {
    /// Every kind there is, in the order in which reports show them.
    pub const ALL: [Self; 5] = [Self::Line, Self::Rule, Self::Expression, Self::Condition, Self::Decision];

    /// Its name in reports and configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Rule => "rule",
            Self::Expression => "expression",
            Self::Condition => "condition",
            Self::Decision => "decision",
        }
    }
}

impl Count {
    /// In percent; 100 when there is nothing to see.
    #[expect(clippy::cast_precision_loss, reason = "no policy has 2^52 of anything")]
    pub fn percent(self) -> f64 {
        if self.total == 0 { 100.0 } else { 100.0 * self.covered as f64 / self.total as f64 }
    }

    fn see(&mut self, seen: bool) {
        self.total += 1;
        self.covered += usize::from(seen);
    }

    fn add(&mut self, other: Self) {
        self.covered += other.covered;
        self.total += other.total;
    }
}

impl Totals {
    /// The numbers of everything.
    pub fn of(coverage: &Coverage, tests: Tests) -> Self {
        let mut all = Self::default();
        for file in coverage.files.values() {
            all.add(&Self::of_file(file, tests));
        }
        all
    }

    /// The numbers of one file.
    pub fn of_file(file: &FileCoverage, tests: Tests) -> Self {
        let mut totals = Self { line: lines(file, tests), ..Self::default() };
        for clause in file.counted(tests) {
            totals.rule.see(clause.held > 0);
            for literal in file.literals(clause) {
                totals.expression.see(literal.evaluated > 0);
                if literal.is_condition {
                    totals.condition.see(literal.held > 0);
                    totals.condition.see(literal.failed > 0);
                }
            }
        }
        let mut decisions: Vec<_> = file
            .counted(tests)
            .filter(|clause| clause.is_decision && clause.part != Part::Else)
            .map(|clause| (&clause.rule, clause.allowed > 0, clause.denied > 0))
            .collect();
        decisions.sort_unstable();
        decisions.dedup();
        for (_, allowed, denied) in decisions {
            totals.decision.see(allowed);
            totals.decision.see(denied);
        }
        totals
    }

    /// Adds the numbers of other files.
    pub fn add(&mut self, other: &Self) {
        for kind in Kind::ALL {
            self.count_mut(kind).add(other.count(kind));
        }
    }

    /// The numbers of one kind.
    pub fn count(&self, kind: Kind) -> Count {
        match kind {
            Kind::Line => self.line,
            Kind::Rule => self.rule,
            Kind::Expression => self.expression,
            Kind::Condition => self.condition,
            Kind::Decision => self.decision,
        }
    }

    fn count_mut(&mut self, kind: Kind) -> &mut Count {
        match kind {
            Kind::Line => &mut self.line,
            Kind::Rule => &mut self.rule,
            Kind::Expression => &mut self.expression,
            Kind::Condition => &mut self.condition,
            Kind::Decision => &mut self.decision,
        }
    }
}

fn lines(file: &FileCoverage, tests: Tests) -> Count {
    if file.is_test && tests == Tests::LeftOut {
        return Count::default();
    }
    let report = opa::of_file(file, tests);
    Count { covered: report.covered_lines, total: report.covered_lines + report.not_covered_lines }
}
