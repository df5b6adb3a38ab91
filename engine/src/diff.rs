//! Which inputs two versions of a policy decide otherwise.

mod asker;
mod between;
mod built;
pub mod class;
pub mod cube;
mod focus;
mod goal;
pub mod normal;
mod search;
mod shrink;
mod side;
mod worlds;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::parallel;
use crate::policy::Override;
use crate::probe::corpus::{Budget, End};
use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::model::Model;
use crate::probe::pool::Pools;
use crate::probe::reach::Reach;
use crate::probe::seed::{Seed, Written};
use crate::probe::subject::Subject;
use crate::source::Span;
use crate::suite::selection::Digest;
use crate::value::Value;

use asker::{Goal, Key, Twins};
use class::Class;
use cube::Cube;
use focus::Novel;
use goal::Words;
use normal::Changed;
use shrink::Told;

/// Two versions of a policy under the same decision.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'v> {
    /// The version before.
    pub old: &'v Subject,
    /// The version after.
    pub new: &'v Subject,
}

/// The base documents that both versions are asked over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum World {
    /// Each version has its own.
    Own,
    /// Both have these, as a test puts them in the place of its own.
    Same(Value),
    /// Each version has its own, with these in the place of others.
    Over(Vec<Override>),
}

/// An input that both versions are asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Where it comes from: the name of a test, of a row or of a line of a log.
    pub name: Arc<str>,
    /// The input, if there is one.
    pub input: Option<Value>,
    /// Over what.
    pub world: World,
}

impl Start {
    /// The case that a test or row puts before a version: over that version's own documents, each version has its own.
    pub fn of(seed: &Seed, version: &Subject) -> Self {
        let world = if seed.case.data == *version.policy.data() {
            World::Own
        } else {
            World::Same(seed.case.data.clone())
        };
        Self { name: Arc::clone(&seed.name), input: seed.case.input.clone(), world }
    }

    /// What it puts before a version.
    fn case(&self, version: &Subject) -> Case {
        let own = version.policy.data();
        let input = self.input.clone();
        match &self.world {
            World::Own => Case { input, data: own.clone() },
            World::Same(data) => Case { input, data: data.clone() },
            World::Over(overrides) => {
                Written::with_overrides(Arc::clone(&self.name), input, own, overrides).case
            }
        }
    }
}

/// When to stop looking, beside the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Not before everything was tried.
    Spent,
    /// As soon as somebody is known to be let in who was not.
    Allowed,
}

/// What a version answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What is decided.
    pub verdict: Verdict,
    /// The value of the decision, if it has one.
    pub value: Option<Value>,
}

/// Inputs that are decided otherwise for the same reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its name: the same as long as the class, the decision, the clauses that decide and the inputs are.
    pub id: String,
    /// What became of the answer.
    pub class: Class,
    /// The decision.
    pub decision: Decision,
    /// The start that the example was made of.
    pub seed: Arc<str>,
    /// What was done with it.
    pub edits: Vec<Edit>,
    /// The example, over the base documents that the old version is asked over.
    pub old_case: Case,
    /// The same over those of the new version.
    pub new_case: Case,
    /// What the old version says.
    pub old: Answer,
    /// What the new version says.
    pub new: Answer,
    /// The clauses of the new version that decide; of the old one where somebody is no longer let in.
    pub deciding: Vec<Span>,
    /// Clauses that only the new version has and that held.
    pub added: Vec<Span>,
    /// Clauses that only the old version has and that held, or that stood in the way.
    pub removed: Vec<Span>,
    /// The inputs for which the same holds, as far as samples say.
    pub cube: Cube,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The decision.
    pub decision: Decision,
    /// How it ended.
    pub state: State,
    /// What was found, the worst first.
    pub differences: Vec<Difference>,
    /// Whether more of the same kinds was found than is told.
    pub has_more: bool,
    /// How many inputs both versions were asked about.
    pub tried: u64,
    /// How many of them somebody wrote down.
    pub starts: usize,
    /// How many clauses only the new version has.
    pub added: usize,
    /// How many clauses only the old version has.
    pub removed: usize,
    /// Whether the decision is more than yes or no: then an error is as bad as somebody who is let in.
    pub is_structured: bool,
}

/// How sure the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Everything that the decision depends on is the same: no input is decided otherwise.
    Identical,
    /// Inputs were tried, until this.
    Searched(End),
}

impl Compared {
    /// Whether a difference is one that nobody may let pass unseen.
    pub fn fails(&self, difference: &Difference) -> bool {
        match difference.class {
            Class::NewlyAllowed => true,
            Class::AllowToError | Class::DenyToError => self.is_structured,
            Class::NewlyDenied | Class::ReasonOnly => false,
        }
    }
}

/// Compares two versions, starting from these inputs.
///
/// The result depends on the versions, the inputs and the number of inputs alone, unless time ends it.
pub fn compare(versions: Versions<'_>, starts: &[Start], budget: Budget<'_>, until: Until) -> Compared {
    let Versions { old, new } = versions;
    let changed = Changed::between(versions);
    let mut compared = Compared {
        decision: new.decision.clone(),
        state: State::Identical,
        differences: Vec::new(),
        has_more: false,
        tried: 0,
        starts: starts.len(),
        added: changed.new.len(),
        removed: changed.old.len(),
        is_structured: false,
    };
    if changed.is_nothing() && old.policy.data() == new.policy.data() {
        return compared;
    }
    let models = [old, new].map(model);
    let focus = focus::focuses(versions);
    let [of_old, of_new] = &models;
    let novel = Novel::of([of_old, of_new], &changed, &focus);
    let pools = Pools::new(merged(&models), &seeds(starts, new));
    let words = Words::of(versions, starts);
    let goal = Goal { versions, changed: &changed, novel: &novel, pools: &pools, words: &words };
    let found = search::search(&goal, starts, &focus, budget, until);
    compared.tried = found.tried;
    compared.state = State::Searched(found.end);
    compared.is_structured = found.is_structured;
    let mut alike: BTreeMap<Key, Vec<Twins>> = BTreeMap::new();
    for ((key, _), twins) in found.kept.differences {
        alike.entry(key).or_default().push(twins);
    }
    let told = parallel::map(budget.jobs, alike.into_values().collect(), |twins| shrink::told(&goal, twins));
    let mut by_id: BTreeMap<(Class, String), Difference> = BTreeMap::new();
    compared.has_more = found.kept.is_full;
    for Told { differences, left_out } in told {
        compared.has_more |= left_out > 0;
        for difference in differences {
            by_id.entry((difference.class, difference.id.clone())).or_insert(difference);
        }
    }
    compared.differences = by_id.into_values().collect();
    compared
}

/// Asks both versions about one case each; the class if they differ, and what both say.
pub fn ask(versions: Versions<'_>, old_case: &Case, new_case: &Case) -> (Option<Class>, Answer, Answer) {
    let mut old = side::Side::new(versions.old);
    let mut new = side::Side::new(versions.new);
    let before = old.ask(&old_case.data, old_case.input.as_ref());
    let after = new.ask(&new_case.data, new_case.input.as_ref());
    (Class::of(&before, &after), before, after)
}

/// What a version reads for the decision.
fn model(subject: &Subject) -> Model {
    let program = subject.policy.program();
    subject.decision.rule(program).map(|rule| Model::of(program, rule)).unwrap_or_default()
}

/// What any of the models has.
fn merged(models: &[Model]) -> Model {
    let mut merged = Model::default();
    for model in models {
        merged.data.extend(model.data.iter().cloned());
        for (pattern, reading) in &model.inputs {
            let known = merged.inputs.entry(pattern.clone()).or_default();
            known.types.extend(&reading.types);
            known.constants.extend(reading.constants.iter().cloned());
            known.joins.extend(reading.joins.iter().cloned());
            known.texts.extend(reading.texts.iter().cloned());
            known.bounds.extend(reading.bounds.iter().cloned());
        }
    }
    merged
}

/// The inputs as pools take them; what is decided on them says nothing there.
fn seeds(starts: &[Start], new: &Subject) -> Vec<Seed> {
    let seed =
        |start: &Start| Seed { name: Arc::clone(&start.name), case: start.case(new), verdict: Verdict::Deny };
    starts.iter().map(seed).collect()
}

/// What a difference is called: eight digits that depend on what it is about.
fn id(class: Class, decision: &Decision, deciding: &[String], cube: &Cube) -> String {
    let start = Digest::of(class.as_str()).with(&decision.name());
    let digest = deciding.iter().fold(start, |digest, text| digest.with(text));
    let digest = digest.with(&cube.to_string());
    format!("{:08x}", digest.number() >> u32::BITS)
}

/// What rules a decision depends on in a version.
fn reach(subject: &Subject) -> Reach {
    let program = subject.policy.program();
    let rule = subject.decision.rule(program);
    rule.map(|rule| Reach::of(program, rule, crate::probe::reach::Polarity::Positive)).unwrap_or_default()
}
