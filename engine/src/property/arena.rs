//! The inputs that properties of one decision are tried on: what tests put before the policy, and changes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use fastrand::Rng;

use super::court::Court;
use super::{Condition, DataScope, Format, InputPath, Kind, Path, PropertySet, Trust, change};
use crate::parallel;
use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::model::Model;
use crate::probe::place;
use crate::probe::pool::Pools;
use crate::probe::reach::{Polarity, Reach};
use crate::probe::seed::{self, Seed, Written};
use crate::probe::steps::Steps;
use crate::probe::subject::{Bench, Benches, Subject};
use crate::probe::sweep::sweep;
use crate::value::{Object, Value};

/// How inputs are made, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many inputs are tried for each property; 200,000 at most.
    pub cases: u64,
    /// Which inputs: the same number gives the same ones.
    pub seed: u64,
    /// How many evaluations may make a counterexample smaller.
    pub shrink_limit: u64,
    /// How many threads make inputs.
    pub jobs: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cases: 2_000, seed: 1, shrink_limit: 1_000, jobs: NonZeroUsize::MIN }
    }
}

/// The inputs of one decision; made when they are first needed, and then the same for all properties.
#[derive(Debug)]
pub struct Arena {
    subject: Subject,
    tests: Vec<(Arc<str>, Vec<Arc<str>>)>,
    rows: Vec<Written>,
    inputs: Vec<InputPath>,
    conditions: Vec<Path>,
    data: DataScope,
    settings: Settings,
    made: OnceLock<Made>,
}

/// What was made.
#[derive(Debug)]
pub(super) struct Made {
    /// What the policy makes of paths, and what stands there.
    pub(super) pools: Pools,
    /// The inputs, those of tests first.
    pub(super) candidates: Vec<Candidate>,
    /// How many of them are allowed.
    pub(super) allowed: u64,
}

/// An input and how it was made.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The test or row that it was made of.
    pub(super) seed: Arc<str>,
    /// The case of it.
    pub(super) origin: Case,
    /// What was changed.
    pub(super) edits: Vec<Edit>,
    /// The case.
    pub(super) case: Case,
    /// What is decided on it.
    pub(super) verdict: Verdict,
}

impl Arena {
    /// For the decision of `subject` and the properties of `set`. `tests` are run for their cases, by name and path below
    /// `data`; `rows` are cases already, and so are the examples of the set.
    pub fn new(
        subject: Subject,
        tests: Vec<(Arc<str>, Vec<Arc<str>>)>,
        rows: Vec<Written>,
        set: &PropertySet,
        data: DataScope,
        settings: Settings,
    ) -> Self {
        let (inputs, conditions) = (set.inputs.clone(), set.conditions());
        let mut rows = rows;
        for property in &set.properties {
            let Kind::MustAllow(examples) = &property.kind else { continue };
            rows.extend(examples.iter().map(|(input, _)| {
                let case = Case { input: Some(input.clone()), data: subject.policy.data().clone() };
                Written { name: format!("an example of `{}`", property.id).into(), case }
            }));
        }
        Self { subject, tests, rows, inputs, conditions, data, settings, made: OnceLock::new() }
    }

    /// The policy and its decision.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// How much is tried.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The paths that terms give, and those that stay as they are.
    pub(super) fn mend(&self, origin: &Case, case: &Case, court: &mut Court<'_>) -> Case {
        let mut mended = case.clone();
        for InputPath { path, trust, derived, .. } in &self.inputs {
            match derived {
                Some(term) => mended = derive(path, term, &mended, court),
                None if *trust == Trust::Pep => mended = kept(path, origin, &mended),
                None => {}
            }
        }
        mended
    }

    /// The inputs; made by the first who asks, until `is_over`.
    pub(super) fn made(&self, is_over: &(dyn Fn() -> bool + Sync)) -> &Made {
        self.made.get_or_init(|| self.make(is_over))
    }

    fn seeds(&self) -> Vec<Seed> {
        let program = self.subject.policy.program();
        let Some(rule) = self.subject.decision.rule(program) else { return Vec::new() };
        let reach: BTreeSet<_> = Reach::of(program, rule, Polarity::Positive).rules.into_keys().collect();
        let of_tests = self
            .tests
            .iter()
            .flat_map(|(name, path)| seed::of_test(&self.subject.policy, name, path, &reach));
        let mut written: Vec<Written> = of_tests.chain(self.rows.iter().cloned()).collect();
        if written.is_empty() {
            let input = Some(Value::Object(Object::new()));
            let case = Case { input, data: self.subject.policy.data().clone() };
            written.push(Written { name: Arc::from("an empty input"), case });
        }
        // What is loaded is asked the same as what tests bring with them.
        let loaded = written.iter().map(|written| {
            let data = self.subject.policy.data().clone();
            let case = Case { input: written.case.input.clone(), data };
            Written { name: Arc::clone(&written.name), case }
        });
        let loaded: Vec<Written> = loaded.collect();
        let all = match self.data {
            DataScope::Loaded => loaded,
            DataScope::Any => loaded.into_iter().chain(written).collect(),
        };
        let mut court = Court::new(&self.subject.policy);
        let mended = all.into_iter().map(|Written { name, case }| {
            let case = self.mend(&case, &case, &mut court);
            Written { name, case }
        });
        let mended = mended.collect();
        seed::judged(&self.subject, mended, self.settings.jobs)
    }

    fn make(&self, is_over: &(dyn Fn() -> bool + Sync)) -> Made {
        let program = self.subject.policy.program();
        let seeds = self.seeds();
        let model = self.subject.decision.rule(program).map(|rule| Model::of(program, rule));
        let mut model = model.unwrap_or_default();
        self.declare(&mut model);
        let documents = match self.data {
            DataScope::Loaded => BTreeSet::new(),
            DataScope::Any => model.documents(),
        };
        let pools = Pools::new(model, &seeds);
        let seeds = self.different(seeds);
        let mut deck = Deck::new(self.settings.seed, &seeds);
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut seen: BTreeSet<(Option<Value>, Value)> = BTreeSet::new();
        let mut ways: BTreeSet<u64> = BTreeSet::new();
        for Seed { name, case, verdict } in seeds {
            seen.insert((case.input.clone(), case.data.clone()));
            candidates.push(Candidate { seed: name, origin: case.clone(), edits: Vec::new(), case, verdict });
        }
        let benches = Benches::new(&self.subject);
        let mut idle = 0;
        let most = self.settings.cases.min(MAX_CASES);
        while count(&candidates) < most && idle < MAX_IDLE_ROUNDS {
            if is_over() {
                break;
            }
            let plan = deck.deal(&candidates, &pools, &documents);
            let chunks: Vec<Vec<Dealt>> = plan.chunks(CHUNK).map(<[Dealt]>::to_vec).collect();
            let before = candidates.len();
            let judged = parallel::map(self.settings.jobs, chunks, |chunk| {
                benches.with(|bench| self.judge(bench, chunk))
            });
            for (candidate, way) in judged.into_iter().flatten() {
                if count(&candidates) >= most {
                    break;
                }
                let is_new = seen.insert((candidate.case.input.clone(), candidate.case.data.clone()));
                if is_new {
                    if ways.insert(way) && candidate.edits.len() <= MAX_EDITS {
                        deck.add(candidates.len());
                    }
                    candidates.push(candidate);
                }
            }
            idle = if candidates.len() == before { idle + 1 } else { 0 };
        }
        let allowed = candidates.iter().filter(|candidate| candidate.verdict == Verdict::Allow).count();
        Made { pools, candidates, allowed: u64::try_from(allowed).unwrap_or(u64::MAX) }
    }

    /// A few of those that make the policy go the same way, and so many in all that most of what is tried is something else.
    fn different(&self, seeds: Vec<Seed>) -> Vec<Seed> {
        let mut bench = Bench::new(&self.subject);
        let mut steps = Steps::new(self.subject.policy.program());
        let mut ways: BTreeMap<u64, u32> = BTreeMap::new();
        let most = usize::try_from(self.settings.cases / 4).unwrap_or(MAX_BASES).clamp(1, MAX_BASES);
        let kept = seeds.into_iter().filter(|seed| {
            bench.judge(&seed.case.data).follow(seed.case.input.as_ref(), &mut steps);
            let count = ways.entry(steps.signature()).or_default();
            *count += 1;
            *count <= SEEDS_OF_A_WAY
        });
        kept.take(most).collect()
    }

    fn judge(&self, bench: &mut Bench<'_>, chunk: Vec<Dealt>) -> Vec<(Candidate, u64)> {
        let mut court = Court::new(&self.subject.policy);
        let mut steps = Steps::new(self.subject.policy.program());
        let judged = chunk.into_iter().map(|Dealt { base, more }| {
            let mut edits = base.edits.clone();
            let mut case = base.case.clone();
            for edit in more {
                // Of several edits, one can make another impossible.
                if let Some(changed) = edit.apply(&case) {
                    case = changed;
                    edits.push(edit);
                }
            }
            let case = self.mend(&base.origin, &case, &mut court);
            let (verdict, _) = bench.judge(&case.data).follow(case.input.as_ref(), &mut steps);
            let candidate =
                Candidate { seed: Arc::clone(&base.seed), origin: base.origin.clone(), edits, case, verdict };
            (candidate, steps.signature())
        });
        judged.collect()
    }

    /// Lets the model know what somebody said of paths, and what conditions compare them with.
    fn declare(&self, model: &mut Model) {
        let program = self.subject.policy.program();
        for path in &self.conditions {
            let condition = Decision::at(path.to_vec());
            if let Some(rule) = condition.rule(program) {
                model.add(Model::of(program, rule));
            }
        }
        for InputPath { path, format, .. } in &self.inputs {
            let pattern = super::variable::input_pattern(path);
            let reading = model.inputs.entry(pattern).or_default();
            let typical = format.map(|format| match format {
                Format::Spiffe => "spiffe://zz9.example/agent/zz9",
                Format::Uri => "https://zz9.example/zz9",
                Format::Email => "zz9@zz9.example",
                Format::Uuid => "00000000-0000-4000-8000-000000000009",
            });
            reading.constants.extend(typical.map(Value::from));
        }
    }
}

/// Puts what a term comes to at a path; what is undefined is not there.
fn derive(path: &[Value], term: &Condition, case: &Case, court: &mut Court<'_>) -> Case {
    let Some(input) = &case.input else { return case.clone() };
    let input = match court.value(term, case, &None) {
        Ok(Some(value)) => place::put(Some(input), path, value),
        Ok(None) | Err(_) => place::without(input, path),
    };
    Case { input: input.or_else(|| case.input.clone()), data: case.data.clone() }
}

/// Puts back what stands at a path of the origin.
fn kept(path: &[Value], origin: &Case, case: &Case) -> Case {
    let Some(input) = &case.input else { return case.clone() };
    let before = origin.input.as_ref().and_then(|input| place::at(input, path));
    let input = match before {
        Some(value) => place::put(Some(input), path, value.clone()),
        None => place::without(input, path),
    };
    Case { input: input.or_else(|| case.input.clone()), data: case.data.clone() }
}

/// Which changes are tried next: those of one edit from a deck for each base, and others of several.
struct Deck {
    rng: Rng,
    /// Positions among the candidates.
    bases: Vec<usize>,
    next: usize,
    /// What can be changed of each base that had its turn.
    variants: BTreeMap<usize, Vec<Vec<Edit>>>,
    /// What of it was not tried alone yet.
    decks: BTreeMap<usize, Vec<Vec<Edit>>>,
}

/// A base and what is to be changed of it.
#[derive(Debug, Clone)]
struct Dealt {
    base: Arc<Candidate>,
    more: Vec<Edit>,
}

impl Deck {
    fn new(seed: u64, seeds: &[Seed]) -> Self {
        // Those that are allowed come first: there is less to find near what is far from being allowed.
        let (allowed, denied): (Vec<usize>, Vec<usize>) = (0..seeds.len())
            .partition(|at| seeds.get(*at).is_some_and(|seed| seed.verdict == Verdict::Allow));
        let bases = allowed.into_iter().chain(denied).take(MAX_BASES).collect();
        let rng = Rng::with_seed(seed);
        Self { rng, bases, next: 0, variants: BTreeMap::new(), decks: BTreeMap::new() }
    }

    fn add(&mut self, position: usize) {
        if self.bases.len() < MAX_BASES {
            self.bases.push(position);
        }
    }

    fn deal(
        &mut self,
        candidates: &[Candidate],
        pools: &Pools,
        documents: &BTreeSet<Vec<Value>>,
    ) -> Vec<Dealt> {
        let mut bases: BTreeMap<usize, Arc<Candidate>> = BTreeMap::new();
        let mut plan = Vec::new();
        for _ in 0..ROUND {
            let Some(position) = self.bases.get(self.next % self.bases.len().max(1)).copied() else { break };
            self.next += 1;
            let Some(candidate) = candidates.get(position) else { continue };
            let base = bases.entry(position).or_insert_with(|| Arc::new(candidate.clone()));
            let Self { rng, decks, variants, .. } = self;
            let variants = variants.entry(position).or_insert_with(|| {
                let mut variants = sweep(&candidate.case, pools);
                let of_documents =
                    documents.iter().flat_map(|steps| change::of_document(steps, &candidate.case));
                variants.extend(of_documents.map(|edit| vec![edit]));
                variants
            });
            let deck = decks.entry(position).or_insert_with(|| {
                let mut deck = variants.clone();
                rng.shuffle(&mut deck);
                deck
            });
            let single = if rng.u8(0..10) < SINGLES_OF_TEN { deck.pop() } else { None };
            let more = single.unwrap_or_else(|| {
                let edits = (0..rng.usize(2..=3)).filter_map(|_| rng.choice(&*variants).cloned());
                edits.flatten().collect()
            });
            plan.push(Dealt { base: Arc::clone(base), more });
        }
        plan
    }
}

fn count(candidates: &[Candidate]) -> u64 {
    u64::try_from(candidates.len()).unwrap_or(u64::MAX)
}

/// How many inputs are planned at a time, and how many a thread takes of these.
const ROUND: usize = 256;
const CHUNK: usize = 32;
const SINGLES_OF_TEN: u8 = 7;
/// How many rounds may bring nothing new.
const MAX_IDLE_ROUNDS: u32 = 4;
const MAX_BASES: usize = 400;
/// More are not kept in memory.
const MAX_CASES: u64 = 200_000;
const MAX_EDITS: usize = 4;
const SEEDS_OF_A_WAY: u32 = 4;

/// The path of a decision, to be asked for.
pub(super) fn path_of(subject: &Subject) -> Path {
    subject.decision.path.clone().into()
}
