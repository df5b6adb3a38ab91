//! The test that is missing: an input that a mutant decides otherwise than the policy.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::affected::{Affected, Only};
use super::documents;
use super::mutant::Mutant;
use super::run::{Options, Survived};
use crate::eval::NativePolicy;
use crate::parallel;
use crate::policy::ref_text::ref_text;
use crate::probe::corpus::{self, Budget, Corpus, Entry};
use crate::probe::decision::{Decision, Verdict};
use crate::probe::edit::{Case, Edit};
use crate::probe::model::Model;
use crate::probe::paste::{self, Expected, Replaced};
use crate::probe::place::{self, Root};
use crate::probe::pool::Pools;
use crate::probe::reach::{Polarity, Reach};
use crate::probe::seed::{self, Seed, Written};
use crate::probe::steps::Steps;
use crate::probe::subject::{Bench, Subject};
use crate::probe::sweep::sweep;
use crate::program::{LiteralId, RuleId};
use crate::value::{Object, Value};

/// An input that a mutant decides otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingTest {
    /// The decision.
    pub decision: Decision,
    /// What is decided on.
    pub case: Case,
    /// The name of the test or row that it was made of.
    pub seed: Arc<str>,
    /// What is different from there.
    pub edits: Vec<Edit>,
    /// What the policy decides; the mutant decides otherwise.
    pub verdict: Verdict,
    /// The value that the policy gives; none if it is undefined.
    pub value: Option<Value>,
    /// What is different in `data` from what is loaded.
    pub replaced: Replaced,
}

/// What came of looking for a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Searched {
    /// Here it is.
    Found(Box<MissingTest>),
    /// Nothing was found: the mutant is probably equivalent.
    Nothing {
        /// How many inputs were tried.
        tried: u64,
    },
    /// It was stopped.
    Stopped,
}

/// Where tests are looked for.
#[derive(Debug)]
pub struct Search {
    fields: Vec<Field>,
}

/// One decision, and the inputs that are known for it.
#[derive(Debug)]
struct Field {
    subject: Subject,
    seeds: Vec<Seed>,
    corpus: Corpus,
    /// Which part of the inputs near to known ones it gets.
    part: u64,
}

impl Search {
    /// Looks for inputs that make a policy go different ways: so many of each of its decisions at most. What one decision reads all of,
    /// and more, is explored for that one, and asked of the other.
    pub fn new(subjects: Vec<(Subject, Vec<Seed>)>, inputs: u64, options: Options<'_>) -> Self {
        let cones: Vec<Cone> = subjects.iter().map(|(subject, _)| cone(subject)).collect();
        let mut fields: Vec<Field> = Vec::with_capacity(subjects.len());
        for ((subject, seeds), cone) in subjects.into_iter().zip(&cones) {
            let is_read_by_others = largest(&cones, cone).is_some();
            let inputs = if is_read_by_others { 0 } else { inputs };
            fields.push(Field::explored(subject, seeds, inputs, options));
        }
        for at in 0..fields.len() {
            let explored = cones.get(at).and_then(|cone| largest(&cones, cone));
            let Some(entries) =
                explored.and_then(|other| fields.get(other)).map(|other| other.corpus.entries.clone())
            else {
                continue;
            };
            if let Some(field) = fields.get_mut(at) {
                field.take(entries);
            }
        }
        Self { fields }
    }

    /// As [`find`](Self::find) for several mutants at once, in their order.
    pub fn find_all(
        &self,
        survivors: &[(&Mutant, &Survived)],
        inputs: u64,
        options: Options<'_>,
    ) -> Vec<Searched> {
        parallel::map(options.jobs, survivors.to_vec(), |(mutant, survived)| {
            self.find(mutant, &survived.policy, inputs, options)
        })
    }

    /// Looks for an input that is decided otherwise by the mutant's `policy`, among those that are known and then so many near to
    /// them; fewer for a decision that another one reads.
    pub fn find(
        &self,
        mutant: &Mutant,
        policy: &NativePolicy,
        inputs: u64,
        options: Options<'_>,
    ) -> Searched {
        let mut tried = 0;
        for field in &self.fields {
            let mutated = Subject { policy: policy.clone(), decision: field.subject.decision.clone() };
            let parts = parts(&field.subject, &mutated, mutant);
            if parts.as_ref().is_some_and(|(before, after)| before.1.is_empty() && after.1.is_empty()) {
                // The decision doesn't depend on it.
                continue;
            }
            let mut pair = Pair {
                field,
                parts,
                before: Bench::new(&field.subject),
                after: Bench::new(&mutated),
                options,
                tried: 0,
            };
            let found = pair.known(mutant).or_else(|ranked| pair.near(ranked, inputs / field.part));
            tried += pair.tried;
            match found {
                Ok(found) => return Searched::Found(Box::new(pair.smallest(&found))),
                Err(Open::Stopped) => return Searched::Stopped,
                Err(Open::Nothing) => {}
            }
        }
        Searched::Nothing { tried }
    }
}

/// The rules that a decision reads.
type Cone = BTreeSet<RuleId>;

fn cone(subject: &Subject) -> Cone {
    let program = subject.policy.program();
    let rule = subject.decision.rule(program);
    let reach = rule.map(|rule| Reach::of(program, rule, Polarity::Unknown));
    reach.map(|reach| reach.rules.into_keys().collect()).unwrap_or_default()
}

/// The position of the largest cone that is more than this one and holds all of it.
fn largest(cones: &[Cone], of: &Cone) -> Option<usize> {
    let larger = cones.iter().enumerate().filter(|(_, cone)| cone.len() > of.len() && cone.is_superset(of));
    larger.max_by_key(|(at, cone)| (cone.len(), Reverse(*at))).map(|(at, _)| at)
}

impl Field {
    fn explored(subject: Subject, mut seeds: Vec<Seed>, inputs: u64, options: Options<'_>) -> Self {
        let program = subject.policy.program();
        let Some(rule) = subject.decision.rule(program) else {
            return Self { subject, seeds, corpus: Corpus::default(), part: 1 };
        };
        let made = made(&Model::of(program, rule), subject.policy.data());
        seeds.extend(seed::judged(&subject, made));
        let pools = Pools::new(Model::of(program, rule), &seeds);
        let budget = Budget { inputs, is_over: options.is_over, jobs: options.jobs };
        let corpus = corpus::explore(&subject, &pools, &seeds, budget, &|_| ());
        Self { subject, seeds, corpus, part: 1 }
    }

    /// Adds the inputs of another decision, as this one decides them. Most of what would be found near to them is found for that one.
    fn take(&mut self, entries: Vec<Entry>) {
        self.part = PART_OF_THE_READ;
        let mut steps = Steps::new(self.subject.policy.program());
        let mut bench = Bench::new(&self.subject);
        for entry in entries {
            if self.corpus.entries.iter().any(|known| known.case == entry.case) {
                continue;
            }
            let (verdict, _) = bench.judge(&entry.case.data).follow(entry.case.input.as_ref(), &mut steps);
            self.corpus.entries.push(Entry { verdict, held: steps.held_clauses(), ..entry });
        }
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

/// The policy and the mutant.
struct Pair<'p> {
    field: &'p Field,
    /// The clauses of each that can make a difference.
    parts: Option<(Part, Part)>,
    before: Bench<'p>,
    after: Bench<'p>,
    options: Options<'p>,
    tried: u64,
}

/// The rule that makes a decision, and those of its clauses that a mutant makes a difference to.
type Part = (RuleId, Affected);

/// The affected clauses of a decision of the policy and of the mutant, if it is enough to look at them.
fn parts(subject: &Subject, mutated: &Subject, mutant: &Mutant) -> Option<(Part, Part)> {
    let (before, after) = (subject.policy.program(), mutated.policy.program());
    let (rule_before, rule_after) = (subject.decision.rule(before)?, mutated.decision.rule(after)?);
    let (old, new) = Affected::of((before, rule_before), (after, rule_after), mutant)?;
    Some(((rule_before, old), (rule_after, new)))
}

/// Why there is no difference.
enum Open {
    Nothing,
    Stopped,
}

/// A case that is decided otherwise.
struct Difference {
    seed: Arc<str>,
    origin: Case,
    edits: Vec<Edit>,
    is_allowed: bool,
}

impl<'p> Pair<'p> {
    /// The first known input that is decided otherwise, one that is newly let in if there is any; or else all of them, those first
    /// that come far in the rule that was changed.
    fn known(&mut self, mutant: &Mutant) -> Result<Difference, Vec<&'p Entry>> {
        let program = self.after.subject().policy.program();
        let literals = literals(program, &mutant.rule);
        let mut steps = Steps::new(program);
        let mut ranked: Vec<(usize, usize, &'p Entry)> = Vec::new();
        let mut best: Option<((bool, bool, usize), Difference)> = None;
        for entry in &self.field.corpus.entries {
            if (self.options.is_over)() {
                break;
            }
            self.tried += 1;
            let judge = self.after.judge(&entry.case.data);
            let (verdict, _) = judge.follow(entry.case.input.as_ref(), &mut steps);
            let was_allowed = entry.verdict == Verdict::Allow;
            if was_allowed != (verdict == Verdict::Allow) {
                let difference = Difference {
                    seed: Arc::clone(&entry.seed),
                    origin: entry.origin.clone(),
                    edits: entry.edits.clone(),
                    is_allowed: was_allowed,
                };
                // Best is one that is newly let in, needs no other data and few edits.
                let is_loaded = entry.case.data == *self.before.subject().policy.data();
                let cost = (was_allowed, !is_loaded, entry.edits.len());
                if best.as_ref().is_none_or(|(known, _)| cost < *known) {
                    best = Some((cost, difference));
                }
            }
            let held = literals.iter().filter(|literal| steps.outcome(**literal).0).count();
            ranked.push((usize::MAX - held, entry.edits.len(), entry));
        }
        if let Some((_, difference)) = best {
            return Ok(difference);
        }
        ranked.sort_by_key(|(far, edits, _)| (*far, *edits));
        Err(ranked.into_iter().map(|(_, _, entry)| entry).collect())
    }

    /// An input near to the known ones that is decided otherwise.
    fn near(&mut self, ranked: Vec<&'p Entry>, inputs: u64) -> Result<Difference, Open> {
        let mutated = self.after.subject();
        let program = mutated.policy.program();
        let Some(rule) = mutated.decision.rule(program) else { return Err(Open::Nothing) };
        let pools = Pools::new(Model::of(program, rule), &self.field.seeds);
        let most = usize::try_from(inputs / NEAR).unwrap_or(usize::MAX).max(1);
        let mut left = inputs;
        for entry in ranked {
            let sampled = |variants: Vec<Vec<Edit>>| {
                let step = variants.len().div_ceil(most).max(1);
                variants.into_iter().step_by(step)
            };
            let of_data = documents::variants(&entry.case, &pools.model);
            for edits in sampled(of_data).chain(sampled(sweep(&entry.case, &pools))) {
                if left == 0 {
                    return Err(Open::Nothing);
                }
                if left.is_multiple_of(CHECK_EVERY) && (self.options.is_over)() {
                    return Err(Open::Stopped);
                }
                left -= 1;
                let case = edits.iter().try_fold(entry.case.clone(), |case, edit| edit.apply(&case));
                let Some(case) = case else { continue };
                self.tried += 1;
                if self.is_same(&case) {
                    continue;
                }
                let (before, after) = (self.before.ask(&case), self.after.ask(&case));
                let was_allowed = before == Verdict::Allow;
                if was_allowed != (after == Verdict::Allow) {
                    let edits = entry.edits.iter().cloned().chain(edits).collect();
                    return Ok(Difference {
                        seed: Arc::clone(&entry.seed),
                        origin: entry.origin.clone(),
                        edits,
                        is_allowed: was_allowed,
                    });
                }
            }
        }
        if (self.options.is_over)() { Err(Open::Stopped) } else { Err(Open::Nothing) }
    }

    /// Whether the clauses that can make a difference come to the same; if they do, the decision does.
    fn is_same(&mut self, case: &Case) -> bool {
        let Some(((rule_before, old), (rule_after, new))) = &self.parts else { return false };
        let input = case.input.as_ref();
        let before = self.before.judge(&case.data).value(input, Only::new(*rule_before, old));
        // Without a value it ends in an error, which may hide the others.
        before.is_some() && before == self.after.judge(&case.data).value(input, Only::new(*rule_after, new))
    }

    /// The same difference with as few edits as show it.
    fn smallest(&mut self, difference: &Difference) -> MissingTest {
        let mut edits = difference.edits.clone();
        let mut at = 0;
        while at < edits.len() {
            let mut fewer = edits.clone();
            fewer.remove(at);
            if self.shows(difference, &fewer).is_some() {
                edits = fewer;
            } else {
                at += 1;
            }
        }
        let case = self.shows(difference, &edits).unwrap_or_else(|| difference.origin.clone());
        let subject = &self.field.subject;
        let verdict = self.before.ask(&case);
        let value = subject.value(&case);
        let replaced = Replaced::between(subject.policy.data(), &case.data);
        MissingTest {
            decision: subject.decision.clone(),
            case,
            seed: Arc::clone(&difference.seed),
            edits,
            verdict,
            value,
            replaced,
        }
    }

    /// The case of these edits, if it still shows the difference.
    fn shows(&mut self, difference: &Difference, edits: &[Edit]) -> Option<Case> {
        let case = edits.iter().try_fold(difference.origin.clone(), |case, edit| edit.apply(&case))?;
        let before = self.before.ask(&case) == Verdict::Allow;
        let after = self.after.ask(&case) == Verdict::Allow;
        (before == difference.is_allowed && after != before).then_some(case)
    }
}

/// The literals of a rule.
fn literals(program: &crate::program::Program, name: &str) -> Vec<LiteralId> {
    let names = |rule: &crate::program::Rule| {
        ref_text(std::iter::once("data").chain(rule.path.iter().filter_map(|step| step.as_str())))
    };
    let rules = (0_u32..).zip(&program.rules).filter(|(_, rule)| names(rule) == name);
    let rules = rules.map(|(at, _)| (RuleId(at), Polarity::Unknown)).collect();
    Reach { rules }.literals(program)
}

impl MissingTest {
    /// Whether the mutant lets somebody in that the policy doesn't.
    pub fn lets_in(&self) -> bool {
        self.verdict != Verdict::Allow
    }

    /// As a Rego test of this name, in the syntax of Rego since OPA 1.0.
    pub fn rego(&self, name: &str) -> String {
        paste::rego_test(name, &self.decision, &self.case, &self.replaced, self.expected())
    }

    /// As a case of a table suite that asks for the decision.
    pub fn table_case(&self, name: &str) -> String {
        paste::table_case(name, &self.decision, &self.case, &self.replaced, self.expected())
    }

    fn expected(&self) -> Expected<'_> {
        Expected::Value(self.value.as_ref(), self.verdict)
    }
}

/// One known input gets at most this part of the inputs that are tried.
const NEAR: u64 = 16;

/// A decision that another one reads gets this part.
const PART_OF_THE_READ: u64 = 4;
const CHECK_EVERY: u64 = 64;
