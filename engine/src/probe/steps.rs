//! What an evaluation went through, small enough to keep for each of many.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;

use crate::eval::{Observer, Told, View};
use crate::program::{ClauseId, LiteralId, Program};

/// Which clauses held and what became of the literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// Two bits for each literal: whether it held, and whether it did not. Then, from a word of their own on, one for each
    /// clause: whether its body held.
    words: Vec<u64>,
    /// At which bit the clauses start.
    clauses: usize,
    /// Whether a built-in function failed on the way.
    pub has_error: bool,
    /// Whether any clause was evaluated; otherwise all of it is known of another evaluation.
    pub is_evaluated: bool,
    /// What was heard before it was listened to something apart.
    outer: Vec<Vec<u64>>,
}

impl Steps {
    /// For evaluations of this program.
    pub fn new(program: &Program) -> Self {
        let clauses = (program.literals as usize * 2).next_multiple_of(BITS);
        let words = vec![0; (clauses + program.clauses.len()).div_ceil(BITS)];
        Self { words, clauses, has_error: false, is_evaluated: false, outer: Vec::new() }
    }

    /// Forgets the last evaluation.
    pub fn restart(&mut self) {
        self.words.fill(0);
        self.has_error = false;
        self.is_evaluated = false;
        self.outer.clear();
    }

    /// Whether the body of a clause held.
    pub fn held(&self, clause: ClauseId) -> bool {
        get(&self.words, self.clauses + clause.0 as usize)
    }

    /// The clauses whose bodies held.
    pub fn held_clauses(&self) -> BTreeSet<ClauseId> {
        let clauses = ones(&self.words).filter_map(|at| at.checked_sub(self.clauses));
        clauses.filter_map(|at| u32::try_from(at).ok()).map(ClauseId).collect()
    }

    /// The literals that were evaluated and never held.
    pub fn failed_literals(&self) -> impl Iterator<Item = LiteralId> {
        let literals = ones(&self.words).take_while(|at| *at < self.clauses);
        let failed = literals.filter(|at| at % 2 == 1 && !get(&self.words, at - 1));
        failed.filter_map(|at| u32::try_from(at / 2).ok()).map(LiteralId)
    }

    /// Two evaluations with the same number went the same way.
    pub fn signature(&self) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        self.words.hash(&mut hasher);
        self.has_error.hash(&mut hasher);
        hasher.finish()
    }

    /// Adds what another evaluation went through; answers whether any of it is new.
    pub fn add(&mut self, other: &Self) -> bool {
        let mut is_new = false;
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            is_new |= *theirs & !*mine != 0;
            *mine |= theirs;
        }
        is_new
    }

    /// How many outcomes of literals were seen.
    pub fn outcomes(&self) -> usize {
        let literals = self.words.iter().take(self.clauses / BITS);
        literals.map(|word| word.count_ones() as usize).sum()
    }

    /// Whether a literal was seen to hold, and whether not to hold.
    pub fn outcome(&self, literal: LiteralId) -> (bool, bool) {
        let at = literal.0 as usize * 2;
        (get(&self.words, at), get(&self.words, at + 1))
    }
}

impl Observer for &mut Steps {
    const RECALLS: bool = true;

    fn enter(&mut self, _: ClauseId) {
        self.is_evaluated = true;
    }

    fn exit(&mut self, clause: ClauseId, _: &View<'_>) {
        let at = self.clauses + clause.0 as usize;
        set(&mut self.words, at);
    }

    fn held(&mut self, literal: LiteralId) {
        set(&mut self.words, literal.0 as usize * 2);
    }

    fn failed(&mut self, literal: LiteralId, _: &View<'_>) {
        set(&mut self.words, literal.0 as usize * 2 + 1);
    }

    fn listen(&mut self) {
        let apart = vec![0; self.words.len()];
        self.outer.push(std::mem::replace(&mut self.words, apart));
    }

    fn heard(&mut self) -> Told {
        let Some(outer) = self.outer.pop() else { return Told::default() };
        let apart = std::mem::replace(&mut self.words, outer);
        // In the end all of it counts; until then it is for nobody but the one that it was told by.
        let all = self.outer.first_mut().unwrap_or(&mut self.words);
        for (word, more) in all.iter_mut().zip(&apart) {
            *word |= more;
        }
        Told(apart.into_iter().enumerate().filter(|(_, word)| *word != 0).collect())
    }

    fn retell(&mut self, Told(told): &Told) {
        for (at, bits) in told {
            if let Some(word) = self.words.get_mut(*at) {
                *word |= bits;
            }
        }
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
