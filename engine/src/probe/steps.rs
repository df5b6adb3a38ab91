//! What an evaluation went through, small enough to keep for each of many.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::eval::{Observer, View};
use crate::program::{ClauseId, LiteralId, Program, RuleId};
use crate::value::Value;

/// Which clauses held and what became of the literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// Two bits for each literal: whether it held, and whether it did not.
    literals: Vec<u64>,
    /// One bit for each clause: whether its body held.
    clauses: Vec<u64>,
    /// How often a rule was decided: distinguishes nothing by itself, and says whether anything was evaluated.
    pub decided: usize,
    /// Whether a built-in function failed on the way.
    pub has_error: bool,
}

impl Steps {
    /// For evaluations of this program.
    pub fn new(program: &Program) -> Self {
        let words = |bits: usize| vec![0; bits.div_ceil(BITS)];
        Self {
            literals: words(program.literals as usize * 2),
            clauses: words(program.clauses.len()),
            decided: 0,
            has_error: false,
        }
    }

    /// Forgets the last evaluation.
    pub fn restart(&mut self) {
        self.literals.fill(0);
        self.clauses.fill(0);
        self.decided = 0;
        self.has_error = false;
    }

    /// Whether the body of a clause held.
    pub fn held(&self, clause: ClauseId) -> bool {
        get(&self.clauses, clause.0 as usize)
    }

    /// The clauses whose bodies held.
    pub fn held_clauses(&self) -> BTreeSet<ClauseId> {
        ones(&self.clauses).filter_map(|at| u32::try_from(at).ok()).map(ClauseId).collect()
    }

    /// The literals that were evaluated and never held.
    pub fn failed_literals(&self) -> impl Iterator<Item = LiteralId> {
        let failed = ones(&self.literals).filter(|at| at % 2 == 1 && !get(&self.literals, at - 1));
        failed.filter_map(|at| u32::try_from(at / 2).ok()).map(LiteralId)
    }

    /// Two evaluations with the same number went the same way.
    pub fn signature(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.literals.hash(&mut hasher);
        self.clauses.hash(&mut hasher);
        self.has_error.hash(&mut hasher);
        hasher.finish()
    }

    /// Adds what another evaluation went through; answers whether any of it is new.
    pub fn add(&mut self, other: &Self) -> bool {
        let mut is_new = false;
        for (mine, theirs) in [(&mut self.literals, &other.literals), (&mut self.clauses, &other.clauses)] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                is_new |= *theirs & !*mine != 0;
                *mine |= theirs;
            }
        }
        self.decided += other.decided;
        is_new
    }

    /// How many outcomes of literals were seen.
    pub fn outcomes(&self) -> usize {
        self.literals.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether a literal was seen to hold, and whether not to hold.
    pub fn outcome(&self, literal: LiteralId) -> (bool, bool) {
        let at = literal.0 as usize * 2;
        (get(&self.literals, at), get(&self.literals, at + 1))
    }
}

impl Observer for &mut Steps {
    fn decided(&mut self, _: RuleId, _: Option<&Value>, _: &View<'_>) {
        self.decided += 1;
    }

    fn exit(&mut self, clause: ClauseId, _: &View<'_>) {
        set(&mut self.clauses, clause.0 as usize);
    }

    fn held(&mut self, literal: LiteralId) {
        set(&mut self.literals, literal.0 as usize * 2);
    }

    fn failed(&mut self, literal: LiteralId, _: &View<'_>) {
        set(&mut self.literals, literal.0 as usize * 2 + 1);
    }
}

fn set(words: &mut [u64], at: usize) {
    if let Some(word) = words.get_mut(at / BITS) {
        *word |= 1 << (at % BITS);
    }
}

fn get(words: &[u64], at: usize) -> bool {
    words.get(at / BITS).is_some_and(|word| word & (1 << (at % BITS)) != 0)
}

fn ones(words: &[u64]) -> impl Iterator<Item = usize> {
    let bits = |(index, word): (usize, &u64)| {
        let word = *word;
        (0..BITS).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * BITS + bit)
    };
    words.iter().enumerate().flat_map(bits)
}

const BITS: usize = 64;
