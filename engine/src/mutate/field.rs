//! One decision, and the inputs that are known for it.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::mutant::Mutant;
use super::run::{Options, Survived};
use crate::parallel;
use crate::probe::corpus::{self, Budget, Corpus, Entry};
use crate::probe::edit::Case;
use crate::probe::model::Model;
use crate::probe::place::{self, Root};
use crate::probe::pool::Pools;
use crate::probe::reach::{Polarity, Reach};
use crate::probe::seed::{self, Seed, Written};
use crate::probe::steps::Steps;
use crate::probe::subject::{Benches, Subject};
use crate::program::RuleId;
use crate::value::{Object, Value};

/// A decision, and inputs that make it go different ways.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) subject: Subject,
    seeds: Vec<Seed>,
    corpus: Corpus,
    /// The rules that it reads.
    cone: Cone,
    /// Which part of the inputs near to known ones it gets.
    pub(super) part: u64,
}

/// The rules that a decision reads.
pub(super) type Cone = BTreeSet<RuleId>;

/// The rules that a decision reads; none if there is no such decision.
pub(super) fn cone(subject: &Subject) -> Cone {
    let program = subject.policy.program();
    let rule = subject.decision.rule(program);
    let reach = rule.map(|rule| Reach::of(program, rule, Polarity::Unknown));
    reach.map(|reach| reach.rules.into_keys().collect()).unwrap_or_default()
}

impl Field {
    /// Tries so many inputs.
    pub(super) fn explored(
        subject: Subject,
        mut seeds: Vec<Seed>,
        inputs: u64,
        options: Options<'_>,
    ) -> Self {
        let program = subject.policy.program();
        let cone = cone(&subject);
        let Some(rule) = subject.decision.rule(program) else {
            return Self { subject, seeds, corpus: Corpus::default(), cone, part: 1 };
        };
        let made = made(&Model::of(program, rule), subject.policy.data());
        seeds.extend(seed::judged(&subject, made, options.jobs));
        let pools = Pools::new(Model::of(program, rule), &seeds);
        let budget = Budget { inputs, of_each: VARIANTS, is_over: options.is_over, jobs: options.jobs };
        let corpus = corpus::explore(&subject, &pools, &seeds, budget, &|_| ());
        Self { subject, seeds, corpus, cone, part: 1 }
    }

    /// The inputs of another decision that reads this one, as this one decides them. Most of what would be found near to them is found
    /// for that one.
    pub(super) fn read_by(other: &Self, subject: Subject, options: Options<'_>) -> Self {
        let written = other
            .seeds
            .iter()
            .map(|Seed { name, case, .. }| Written { name: Arc::clone(name), case: case.clone() });
        let seeds = seed::judged(&subject, written.collect(), options.jobs);
        let benches = Benches::new(&subject);
        let entries = parallel::map(options.jobs, other.entries().to_vec(), |entry| {
            benches.with(|bench| {
                let mut steps = Steps::new(bench.subject().policy.program());
                let (verdict, _) =
                    bench.judge(&entry.case.data).follow(entry.case.input.as_ref(), &mut steps);
                Entry { verdict, held: steps.held_clauses(), ..entry }
            })
        });
        let corpus = Corpus { entries, ..Corpus::default() };
        Self { cone: cone(&subject), subject, seeds, corpus, part: PART_OF_THE_READ }
    }

    /// The rule that decides.
    pub(super) fn rule(&self) -> Option<RuleId> {
        self.subject.decision.rule(self.subject.policy.program())
    }

    /// The inputs that are known.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.corpus.entries
    }

    /// Whether the decision depends on what a mutant changes.
    pub(super) fn reads(&self, mutant: &Mutant) -> bool {
        let Some(edit) = mutant.edit_of(mutant.span.source) else { return true };
        let clauses = &self.subject.policy.program().clauses;
        let mut changed =
            clauses.iter().filter(|clause| edit.is_in(clause.span)).map(|clause| clause.rule).peekable();
        changed.peek().is_none() || changed.any(|rule| self.cone.contains(&rule))
    }

    /// The decision as a mutant makes it.
    pub(super) fn mutated(&self, survived: &Survived) -> Subject {
        Subject { policy: survived.policy.clone(), decision: self.subject.decision.clone() }
    }

    /// What is worth trying with the policy and these variants of it.
    pub(super) fn pools(&self, mutated: Vec<&Subject>, jobs: NonZeroUsize) -> Pools {
        let model = |subject: &Subject| {
            let program = subject.policy.program();
            subject.decision.rule(program).map(|rule| Model::of(program, rule)).unwrap_or_default()
        };
        let mut all = model(&self.subject);
        for model in parallel::map(jobs, mutated, model) {
            all.add(model);
        }
        Pools::new(all, &self.seeds)
    }
}

/// Inputs to start from where no test has any: an empty one, and one of the values that the policy looks for.
fn made(model: &Model, data: &Value) -> Vec<Written> {
    let empty = Value::Object(Object::new());
    let mut full = empty.clone();
    for (pattern, reading) in &model.inputs {
        let Some(steps) = pattern.first_place() else { continue };
        let documents = reading.joins.iter().filter(|join| join.root == Root::Data);
        let joined = documents.flat_map(|join| join.values(data, 1)).next();
        let of_texts = reading.texts.iter().map(|test| Value::from(&*test.pattern)).next();
        let wanted = reading.constants.iter().chain(&reading.bounds).next().or(joined).cloned().or(of_texts);
        if let Some(changed) = wanted.and_then(|wanted| place::put(Some(&full), &steps, wanted)) {
            full = changed;
        }
    }
    let written = [("an empty input", empty), ("an input of what the policy looks for", full)];
    let written = written.into_iter().map(|(name, input)| Written {
        name: name.into(),
        case: Case { input: Some(input), data: data.clone() },
    });
    written.collect()
}

/// A decision that another one reads gets this part.
const PART_OF_THE_READ: u64 = 4;

/// How many inputs are made of a known one at most while inputs are explored.
const VARIANTS: usize = 256;
