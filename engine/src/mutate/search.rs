//! Looks for the tests that are missing: inputs that mutants decide otherwise than the policy, for all mutants at once.
//!
//! The policy evaluates each input once, which is recorded. Of a mutant only what it changes is evaluated then: for most that is little.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::documents;
use super::field::{Cone, Field, cone};
use super::missing::Searched;
use super::mutant::Mutant;
use super::run::{Options, Survived};
use super::suspect::{Asked, Origin, Same, Suspect};
use crate::parallel;
use crate::probe::edit::{Case, Edit};
use crate::probe::seed::Seed;
use crate::probe::steps::Steps;
use crate::probe::subject::{Bench, Benches, Subject};
use crate::probe::sweep::sweep;
use crate::program::RuleId;

/// Where tests are looked for.
#[derive(Debug)]
pub struct Search {
    fields: Vec<Field>,
    /// Of each decision the position of the one that reads all of it, and more.
    read_by: Vec<Option<usize>>,
}

/// What is known of the inputs of a decision once all mutants were asked.
#[derive(Debug, Default)]
struct Known {
    /// By mutant.
    same: BTreeMap<usize, Same>,
    whole: Whole,
}

/// By rule, the inputs for which all of its document was asked for.
type Whole = BTreeMap<RuleId, BTreeSet<usize>>;

impl Search {
    /// Looks for inputs that make a policy go different ways: so many of each of its decisions at most, from these seeds on. What one
    /// decision reads all of, and more, is explored for that one, and asked of the other.
    pub fn new(
        subjects: Vec<Subject>,
        seeds: &dyn Fn(&Subject) -> Vec<Seed>,
        inputs: u64,
        options: Options<'_>,
    ) -> Self {
        let cones: Vec<Cone> = subjects.iter().map(cone).collect();
        let read_by: Vec<Option<usize>> = cones.iter().map(|cone| largest(&cones, cone)).collect();
        let mut fields: Vec<Option<Field>> = subjects
            .iter()
            .zip(&read_by)
            .map(|(subject, read_by)| {
                let explored =
                    |subject: &Subject| Field::explored(subject.clone(), seeds(subject), inputs, options);
                read_by.is_none().then(|| explored(subject))
            })
            .collect();
        for ((at, subject), read_by) in subjects.into_iter().enumerate().zip(&read_by) {
            let explored = read_by.and_then(|other| fields.get(other)?.as_ref());
            if let Some(read) = explored.map(|other| Field::read_by(other, subject, options))
                && let Some(field) = fields.get_mut(at)
            {
                *field = Some(read);
            }
        }
        Self { fields: fields.into_iter().flatten().collect(), read_by }
    }

    /// Looks for an input that is decided otherwise by each of these mutants, in their order: among those that are known, and then
    /// among so many near to them, fewer for a decision that another one reads. The result doesn't depend on the number of threads.
    pub fn find_all(
        &self,
        survivors: &[(&Mutant, &Survived)],
        inputs: u64,
        options: Options<'_>,
    ) -> Vec<Searched> {
        let mut searched: Vec<Searched> = survivors.iter().map(|_| Searched::Nothing { tried: 0 }).collect();
        let mut all_known: Vec<Known> = Vec::with_capacity(self.fields.len());
        for (at, field) in self.fields.iter().enumerate() {
            let is_open = |at: usize| matches!(searched.get(at), Some(Searched::Nothing { .. }));
            let open =
                survivors.iter().enumerate().filter(|(at, (mutant, _))| is_open(*at) && field.reads(mutant));
            let mutated: Vec<_> =
                open.map(|(at, (mutant, survived))| (at, *mutant, field.mutated(survived))).collect();
            let reader = self.read_by.get(at).copied().flatten().and_then(|reader| all_known.get(reader));
            let whole = reader.and_then(|known| known.whole.get(&field.rule()?));
            let suspects = mutated.iter().map(|(at, mutant, subject)| {
                let same = reader.and_then(|known| known.same.get(at));
                let passed = same.map(|same| same.of(field, whole)).unwrap_or_default();
                Suspect::new(field, mutant, subject, passed)
            });
            // What is near was asked there, too.
            let is_read = whole.is_some_and(|whole| whole.len() == field.entries().len());
            let inputs = if is_read { 0 } else { inputs / field.part };
            let reads = self.fields.iter().zip(&self.read_by).filter(|(_, reader)| **reader == Some(at));
            let reads: Vec<RuleId> = reads.filter_map(|(field, _)| field.rule()).collect();
            let (found, whole) = look(field, suspects.collect(), &reads, inputs, options);
            let mut known = Known { whole, ..Known::default() };
            for ((at, ..), (found, same)) in mutated.iter().zip(found) {
                known.same.insert(*at, same);
                let Some(known) = searched.get_mut(*at) else { continue };
                *known = match (&*known, found) {
                    (Searched::Nothing { tried: before }, Searched::Nothing { tried }) => {
                        Searched::Nothing { tried: before + tried }
                    }
                    (_, found) => found,
                };
            }
            all_known.push(known);
        }
        searched
    }
}

/// The position of the largest cone that is more than this one and holds all of it.
fn largest(cones: &[Cone], of: &Cone) -> Option<usize> {
    let larger = cones.iter().enumerate().filter(|(_, cone)| cone.len() > of.len() && cone.is_superset(of));
    larger.max_by_key(|(at, cone)| (cone.len(), Reverse(*at))).map(|(at, _)| at)
}

/// What comes of each mutant, in their order, and of the known inputs; and for which of them all of each of these rules' documents was
/// asked for.
fn look<'f>(
    field: &'f Field,
    mut suspects: Vec<Suspect<'f>>,
    rules: &[RuleId],
    inputs: u64,
    options: Options<'_>,
) -> (Vec<(Searched, Same)>, Whole) {
    let benches = Benches::new(&field.subject);
    let mut whole = Whole::new();
    let is_of_use = |at: &usize| inputs > 0 || suspects.iter().any(|suspect| !suspect.passes(*at));
    let entries: Vec<usize> = (0..field.entries().len()).filter(is_of_use).collect();
    for round in entries.chunks(ROUND) {
        if (options.is_over)() {
            break;
        }
        let asked = parallel::map(options.jobs, round.to_vec(), |at| {
            let entry = field.entries().get(at)?;
            let origin = Origin {
                seed: Arc::clone(&entry.seed),
                case: entry.origin.clone(),
                edits: entry.edits.clone(),
            };
            let asked = benches.with(|bench| asked(bench, entry.case.clone(), origin));
            Some(Asked { known: Some(at), ..asked })
        });
        let asked: Vec<Asked> = asked.into_iter().flatten().collect();
        for Asked { known, record, .. } in &asked {
            for rule in rules.iter().filter(|rule| record.asks_for(**rule)) {
                whole.entry(*rule).or_default().extend(known);
            }
        }
        suspects = parallel::map(options.jobs, suspects, |mut suspect| {
            for asked in &asked {
                suspect.rank(asked);
                if !asked.known.is_some_and(|at| suspect.passes(at)) {
                    suspect.ask(asked);
                }
            }
            suspect
        });
    }
    suspects.iter_mut().for_each(Suspect::settle);
    suspects = near(field, suspects, inputs, options, &benches);
    let is_over = (options.is_over)();
    (parallel::map(options.jobs, suspects, |suspect| suspect.end(is_over)), whole)
}

/// Asks them about inputs near to the known ones: to those first that come furthest in what a mutant changes, of each mutant in turn.
fn near<'f>(
    field: &'f Field,
    mut suspects: Vec<Suspect<'f>>,
    inputs: u64,
    options: Options<'_>,
    benches: &Benches<'f>,
) -> Vec<Suspect<'f>> {
    let open: Vec<&Subject> =
        suspects.iter().filter(|suspect| suspect.is_open()).map(Suspect::subject).collect();
    if open.is_empty() {
        return suspects;
    }
    let pools = field.pools(open, options.jobs);
    let most = usize::try_from(inputs / NEAR).unwrap_or(usize::MAX).max(1);
    let mut left = usize::try_from(inputs).unwrap_or(usize::MAX);
    let mut swept: BTreeSet<usize> = BTreeSet::new();
    let mut turn = 0;
    while left > 0 {
        let Some(at) = next(&mut suspects, &mut turn, &swept) else { break };
        let Some(entry) = field.entries().get(at) else { break };
        let sampled = |variants: Vec<Vec<Edit>>| {
            let step = variants.len().div_ceil(most).max(1);
            // Others of the next one.
            variants.into_iter().skip(swept.len() % step).step_by(step)
        };
        let of_data = sampled(documents::variants(&entry.case, &pools.model));
        let variants: Vec<Vec<Edit>> =
            of_data.chain(sampled(sweep(&entry.case, &pools))).take(left).collect();
        swept.insert(at);
        left -= variants.len();
        for round in variants.chunks(ROUND) {
            if (options.is_over)() {
                return suspects;
            }
            let asked = parallel::map(options.jobs, round.to_vec(), |edits| {
                let case: Case = edits.iter().try_fold(entry.case.clone(), |case, edit| edit.apply(&case))?;
                let edits = entry.edits.iter().cloned().chain(edits).collect();
                let origin = Origin { seed: Arc::clone(&entry.seed), case: entry.origin.clone(), edits };
                Some(benches.with(|bench| asked(bench, case, origin)))
            });
            let asked: Vec<Asked> = asked.into_iter().flatten().collect();
            suspects = parallel::map(options.jobs, suspects, |mut suspect| {
                if suspect.is_open() {
                    for asked in &asked {
                        suspect.ask(asked);
                    }
                }
                suspect
            });
        }
    }
    suspects
}

/// The best input of the next mutant that is open, if there is one that was not swept.
fn next(suspects: &mut [Suspect<'_>], turn: &mut usize, swept: &BTreeSet<usize>) -> Option<usize> {
    for _ in 0..suspects.len() {
        let at = *turn % suspects.len();
        *turn += 1;
        let suspect = suspects.get_mut(at).filter(|suspect| suspect.is_open());
        if let Some(best) = suspect.and_then(|suspect| suspect.best_but(swept)) {
            return Some(best);
        }
    }
    None
}

/// The policy's verdict on a case, recorded.
fn asked(bench: &mut Bench<'_>, case: Case, origin: Origin) -> Asked {
    let mut steps = Steps::new(bench.subject().policy.program());
    let (verdict, record) = bench.judge(&case.data).record_for_changes(case.input.as_ref(), &mut steps);
    Asked { known: None, case, origin, verdict, steps, record }
}

/// One known input gets at most this part of the inputs that are tried.
const NEAR: u64 = 16;

/// How many inputs a round has: what is recorded of them is kept until all mutants are asked.
const ROUND: usize = 64;
