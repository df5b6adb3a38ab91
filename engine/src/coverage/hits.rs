//! What was counted while policies were evaluated, by the program's ids.

use crate::program::{ClauseId, LiteralId, Program, RuleId};

/// What is counted for one program: with all shortcuts, and with each of those left out that may hide something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// With all shortcuts.
    pub all: Hits,
    /// Without the rule index, if anybody looks.
    pub no_index: Option<Hits>,
    /// Without early exits, if anybody looks.
    pub no_early_exit: Option<Hits>,
}

/// How often to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passes {
    /// Once, with all shortcuts.
    #[default]
    One,
    /// As OPA: again without the rule index, and again without early exits.
    Three,
}

impl Counters {
    /// Nothing counted yet.
    pub fn of(program: &Program, passes: Passes) -> Self {
        let more = || match passes {
            Passes::One => None,
            Passes::Three => Some(Hits::of(program)),
        };
        Self { all: Hits::of(program), no_index: more(), no_early_exit: more() }
    }

    /// Adds what was counted elsewhere for the same program.
    pub fn add(&mut self, other: &Self) {
        self.all.add(&other.all);
        for (own, other) in
            [(&mut self.no_index, &other.no_index), (&mut self.no_early_exit, &other.no_early_exit)]
        {
            if let Some(other) = other {
                own.get_or_insert_default().add(other);
            }
        }
    }
}

/// How often the parts of one program did what. Counts stop at the greatest number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits {
    /// By [`RuleId`].
    rules: Vec<RuleHits>,
    /// By [`ClauseId`].
    clauses: Vec<ClauseHits>,
    /// By [`LiteralId`].
    literals: Vec<LiteralHits>,
}

/// How often a rule was asked for and what it came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleHits {
    /// Asked for by a query or a literal.
    pub asked: u64,
    /// Had a value that is neither `false` nor an empty collection.
    pub allowed: u64,
    /// Was undefined, `false` or an empty collection.
    pub denied: u64,
}

/// How often a clause was tried and held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClauseHits {
    /// Left over by the rule index when its rule was asked for.
    pub candidate: u64,
    /// Not tried because a clause before it decided.
    pub skipped: u64,
    /// Had its body evaluated.
    pub entered: u64,
    /// Held, once for each way.
    pub held: u64,
}

/// How often a literal was evaluated and held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiteralHits {
    /// Evaluated.
    pub evaluated: u64,
    /// Held, once for each way.
    pub held: u64,
    /// Did not hold in any way, or made the rule index leave its clause out.
    pub failed: u64,
}

impl Hits {
    /// Nothing counted yet.
    pub fn of(program: &Program) -> Self {
        Self {
            rules: vec![RuleHits::default(); program.rules.len()],
            clauses: vec![ClauseHits::default(); program.clauses.len()],
            literals: vec![LiteralHits::default(); program.literals as usize],
        }
    }

    /// Adds what was counted elsewhere for the same program.
    pub fn add(&mut self, other: &Self) {
        extend(&mut self.rules, &other.rules, |mine, theirs| {
            count(&mut mine.asked, theirs.asked);
            count(&mut mine.allowed, theirs.allowed);
            count(&mut mine.denied, theirs.denied);
        });
        extend(&mut self.clauses, &other.clauses, |mine, theirs| {
            count(&mut mine.candidate, theirs.candidate);
            count(&mut mine.skipped, theirs.skipped);
            count(&mut mine.entered, theirs.entered);
            count(&mut mine.held, theirs.held);
        });
        extend(&mut self.literals, &other.literals, |mine, theirs| {
            count(&mut mine.evaluated, theirs.evaluated);
            count(&mut mine.held, theirs.held);
            count(&mut mine.failed, theirs.failed);
        });
    }

    /// What a rule did.
    pub fn rule(&self, id: RuleId) -> RuleHits {
        self.rules.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// What a clause did.
    pub fn clause(&self, id: ClauseId) -> ClauseHits {
        self.clauses.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// What a literal did.
    pub fn literal(&self, id: LiteralId) -> LiteralHits {
        self.literals.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// A rule to count for; none if it is of another program.
    pub(crate) fn rule_mut(&mut self, id: RuleId) -> Option<&mut RuleHits> {
        self.rules.get_mut(id.0 as usize)
    }

    /// A clause to count for; none if it is of another program.
    pub(crate) fn clause_mut(&mut self, id: ClauseId) -> Option<&mut ClauseHits> {
        self.clauses.get_mut(id.0 as usize)
    }

    /// A literal to count for; none if it is of a query.
    pub(crate) fn literal_mut(&mut self, id: LiteralId) -> Option<&mut LiteralHits> {
        self.literals.get_mut(id.0 as usize)
    }
}

/// Counts on, up to the greatest number.
pub(crate) fn count(counter: &mut u64, by: u64) {
    *counter = counter.saturating_add(by);
}

fn extend<T: Copy + Default>(mine: &mut Vec<T>, theirs: &[T], add: impl Fn(&mut T, &T)) {
    if mine.len() < theirs.len() {
        mine.resize(theirs.len(), T::default());
    }
    mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| add(mine, theirs));
}
