//! The corpus: inputs that make the policy go different ways, each a seed with a few edits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::decision::Verdict;
use super::edit::{Case, Edit};
use super::pool::Pools;
use super::seed::Seed;
use super::steps::Steps;
use super::subject::{Bench, Benches, Subject};
use super::sweep::{self, sweep};
use crate::parallel;
use crate::program::ClauseId;

/// An input, how it was made, and what the policy makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The seed that it was made of.
    pub seed: Arc<str>,
    /// The seed's case.
    pub origin: Case,
    /// The edits that made it of the seed.
    pub edits: Vec<Edit>,
    /// The case itself.
    pub case: Case,
    /// What the policy decides.
    pub verdict: Verdict,
    /// The clauses whose bodies held.
    pub held: BTreeSet<ClauseId>,
}

/// What was tried and what is worth going on with.
#[derive(Debug, Default)]
pub struct Corpus {
    /// The inputs, those that were written down first.
    pub entries: Vec<Entry>,
    /// How many inputs were tried.
    pub tried: u64,
    /// How many of them were decided without evaluation, as the policy looks at nothing in which they differ from another one.
    pub known: u64,
    /// The way that each evaluation went, put together.
    pub covered: Option<Steps>,
    /// Why it ended.
    pub end: End,
    /// How many of the inputs were not changed any more when it did.
    pub left: usize,
}

/// Why looking for inputs ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// Everything was tried that the sweep knows.
    #[default]
    Exhausted,
    /// The budget was spent.
    Budget,
    /// Somebody stopped it.
    Stopped,
}

/// How much may be tried.
#[derive(Clone, Copy)]
pub struct Budget<'b> {
    /// How many inputs.
    pub inputs: u64,
    /// How many that differ from a known one in a single respect; some of each kind if there are more.
    pub of_each: usize,
    /// Whether to stop: asked between one input's variants and the next one's.
    pub is_over: &'b (dyn Fn() -> bool + Sync),
    /// How many threads work.
    pub jobs: NonZeroUsize,
}

impl std::fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget")
            .field("inputs", &self.inputs)
            .field("of_each", &self.of_each)
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}

/// Looks for inputs that go ways of their own: the sweep of each seed, then of each input that was found.
///
/// The result depends on the subject, the seeds and the number of inputs alone, unless `is_over` ends it. `watch` sees it grow.
pub fn explore(
    subject: &Subject,
    pools: &Pools,
    seeds: &[Seed],
    budget: Budget<'_>,
    watch: &dyn Fn(&Corpus),
) -> Corpus {
    let program = subject.policy.program();
    let mut corpus = Corpus { covered: Some(Steps::new(program)), ..Corpus::default() };
    let mut ways: BTreeMap<u64, usize> = BTreeMap::new();
    let benches = Benches::new(subject);
    let mut waiting = VecDeque::new();
    let followed = parallel::map(budget.jobs, seeds.iter().collect(), |seed| {
        benches.with(|bench| {
            let mut steps = Steps::new(program);
            let (verdict, _) = bench.judge(&seed.case.data).follow(seed.case.input.as_ref(), &mut steps);
            (verdict, steps)
        })
    });
    for (seed, (verdict, steps)) in seeds.iter().zip(followed) {
        corpus.tried += 1;
        corpus.cover(&steps);
        let count = ways.entry(steps.signature()).or_default();
        *count += 1;
        if *count > SEEDS_OF_A_WAY || corpus.entries.len() >= MAX_SEEDS {
            continue;
        }
        let entry = Entry {
            seed: Arc::clone(&seed.name),
            origin: seed.case.clone(),
            edits: Vec::new(),
            case: seed.case.clone(),
            verdict,
            held: steps.held_clauses(),
        };
        waiting.push_back(corpus.entries.len());
        corpus.entries.push(entry);
    }
    for entry in of_rows(subject, pools, seeds) {
        corpus.tried += 1;
        waiting.push_back(corpus.entries.len());
        corpus.entries.push(entry);
    }
    while !waiting.is_empty() {
        watch(&corpus);
        corpus.left = waiting.len();
        if (budget.is_over)() {
            corpus.end = End::Stopped;
            return corpus;
        }
        if corpus.tried >= budget.inputs || corpus.entries.len() >= MAX_ENTRIES {
            corpus.end = End::Budget;
            return corpus;
        }
        // A fixed number at a time, so that the number of threads changes nothing.
        let batch: Vec<Entry> = (0..BATCH)
            .filter_map(|_| waiting.pop_front())
            .filter_map(|index| corpus.entries.get(index).cloned())
            .collect();
        for found in parallel::map(budget.jobs, batch, |entry| {
            benches.with(|bench| variants(bench, pools, &entry, budget))
        }) {
            corpus.tried += found.tried;
            corpus.known += found.known;
            corpus.cover(&found.covered);
            for (way, entry) in found.entries {
                if entry.edits.len() <= MAX_EDITS
                    && corpus.entries.len() < MAX_ENTRIES
                    && !ways.contains_key(&way)
                {
                    ways.insert(way, 1);
                    waiting.push_back(corpus.entries.len());
                    corpus.entries.push(entry);
                }
            }
        }
    }
    corpus.left = 0;
    corpus
}

/// Inputs that rows of the loaded data are about, made of those that tests let in with data of their own; those that are let in first.
fn of_rows(subject: &Subject, pools: &Pools, seeds: &[Seed]) -> Vec<Entry> {
    let mut steps = Steps::new(subject.policy.program());
    let mut judge = subject.judge(subject.policy.data());
    let mut entries: Vec<Entry> = Vec::new();
    let allowed = seeds.iter().filter(|seed| seed.verdict == Verdict::Allow && seed.case.input.is_some());
    for seed in allowed.take(SEEDS_OF_ROWS) {
        let origin = Case { input: seed.case.input.clone(), data: subject.policy.data().clone() };
        for edits in sweep::of_rows(&origin, pools) {
            let case = edits.iter().try_fold(origin.clone(), |case, edit| edit.apply(&case));
            let Some(case) = case else { continue };
            if entries.len() >= MAX_OF_ROWS || entries.iter().any(|entry| entry.case.input == case.input) {
                continue;
            }
            let (verdict, _) = judge.follow(case.input.as_ref(), &mut steps);
            let (seed, origin, held) = (Arc::clone(&seed.name), origin.clone(), steps.held_clauses());
            entries.push(Entry { seed, origin, edits, case, verdict, held });
        }
    }
    entries.sort_by_key(|entry| entry.verdict != Verdict::Allow);
    entries
}

impl Corpus {
    fn cover(&mut self, steps: &Steps) {
        if let Some(covered) = &mut self.covered {
            covered.add(steps);
        }
    }
}

/// What the sweep of one input found: the first input of each way.
struct Found {
    tried: u64,
    known: u64,
    covered: Steps,
    entries: Vec<(u64, Entry)>,
}

fn variants(bench: &mut Bench<'_>, pools: &Pools, entry: &Entry, budget: Budget<'_>) -> Found {
    let program = bench.subject().policy.program();
    let mut found = Found { tried: 0, known: 0, covered: Steps::new(program), entries: Vec::new() };
    let mut seen = BTreeSet::new();
    let mut steps = Steps::new(program);
    let judge = bench.judge(&entry.case.data);
    let record = judge.record(entry.case.input.as_ref(), &mut steps);
    let variants = sweep(&entry.case, pools);
    let step = variants.len().div_ceil(budget.of_each.max(1)).max(1);
    for (count, edits) in variants.into_iter().step_by(step).enumerate() {
        if count % CHECK_EVERY == 0 && (budget.is_over)() {
            break;
        }
        let Some(case) = edits.iter().try_fold(entry.case.clone(), |case, edit| edit.apply(&case)) else {
            continue;
        };
        // The sweep changes nothing but the input.
        let (verdict, _) = judge.follow_near(case.input.as_ref(), &record, &mut steps);
        found.tried += 1;
        found.known += u64::from(!steps.is_evaluated);
        found.covered.add(&steps);
        let way = steps.signature();
        if seen.insert(way) {
            let edits = entry.edits.iter().cloned().chain(edits).collect();
            let held = steps.held_clauses();
            found.entries.push((way, Entry { edits, case, verdict, held, ..entry.clone() }));
        }
    }
    found
}

/// How many seeds that go the same way are kept, and how many in all.
const SEEDS_OF_A_WAY: usize = 3;
const MAX_SEEDS: usize = 400;

/// How many inputs are kept in all, and of how many edits each.
const MAX_ENTRIES: usize = 4_000;
const MAX_EDITS: usize = 4;

/// How many inputs are made of rows, and of how many cases.
const MAX_OF_ROWS: usize = 64;
const SEEDS_OF_ROWS: usize = 6;

const BATCH: usize = 16;
const CHECK_EVERY: usize = 256;
