//! Tries one property on inputs, until one breaks it or there are no more.

use std::sync::{Arc, OnceLock};

use super::arena::{Arena, Candidate, Made, path_of};
use super::court::{Court, Variables};
use super::kind::{Ask, Broken, Kind, Trial};
use super::shrink::{Found, shrink};
use super::tell::{self, Counterexample};
use super::{Property, PropertySet, variable};
use crate::eval::NativePolicy;
use crate::policy::EvalError;
use crate::probe::decision::Verdict;
use crate::probe::edit::Case;
use crate::probe::place;
use crate::value::Value;

/// A property, and what it is tried with.
#[derive(Debug)]
pub struct Check {
    /// Its set.
    pub set: Arc<PropertySet>,
    /// The property.
    pub property: Property,
    /// The inputs.
    pub arena: Arc<Arena>,
    /// The policy in the other file, for [`Kind::EquivalentTo`].
    pub other: Option<NativePolicy>,
    /// Inputs for a property in Rego that has a generator; the document that lists them.
    pub generator: Option<super::Path>,
    /// Cases that broke it before: they are tried first.
    pub saved: Vec<Saved>,
    /// How much was tried the first time, once that is known.
    pub tried: OnceLock<Tried>,
}

/// How much was tried for a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// How many inputs.
    pub inputs: u64,
    /// How many of them said something about it.
    pub tested: u64,
}

/// A case that broke a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The input, before the property's terms were put into it.
    pub input: Option<Value>,
    /// The base documents, if they are others than those that are loaded.
    pub data: Option<Value>,
    /// The values of the property's variables.
    pub variables: Option<Value>,
}

/// What came of trying a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// How many inputs were tried.
    pub tried: u64,
    /// How many of them said something about the property.
    pub tested: u64,
    /// What it came to.
    pub end: CheckEnd,
}

/// How a property ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckEnd {
    /// It held wherever it was tested.
    Held,
    /// It is broken.
    Refuted(Box<Counterexample>),
    /// It was not tested, for this reason.
    Inconclusive(String),
    /// A condition has no answer.
    Failed(EvalError),
}

impl Check {
    /// Tries it until `is_over`; the result depends on the settings alone if that never comes.
    pub fn run(&self, is_over: &(dyn Fn() -> bool + Sync)) -> Checked {
        let subject = self.arena.subject();
        let path = path_of(subject);
        let made = self.arena.made(is_over);
        let mut court = Court::new(&subject.policy);
        let generated = self.generated(&mut court);
        let candidates = generated.as_deref().unwrap_or(&made.candidates);
        let ask = Ask {
            court: &mut court,
            decision: &subject.decision,
            path: &path,
            pools: &made.pools,
            other: self.other.as_ref(),
            turn: 0,
        };
        let mut run = Run { check: self, ask, tried: 0, tested: 0, was_bound: false };
        let end = run.all(candidates, made, is_over);
        let Run { tried, tested, .. } = run;
        self.tried.get_or_init(|| Tried { inputs: tried, tested });
        Checked { tried, tested, end }
    }

    /// What the generator lists, if there is one.
    fn generated(&self, court: &mut Court<'_>) -> Option<Vec<Candidate>> {
        let path = self.generator.as_ref()?;
        let data = self.arena.subject().policy.data().clone();
        let case = Case { input: None, data: data.clone() };
        let outcome = court.ask(path, &case, &None);
        let inputs: Vec<Value> = match outcome {
            crate::policy::Outcome::Defined(results) => match crate::suite::run::single_value(results) {
                Some(Value::Array(array)) => array.iter().cloned().collect(),
                Some(Value::Set(set)) => set.iter().cloned().collect(),
                Some(Value::Object(object)) => object.values().cloned().collect(),
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
            },
            crate::policy::Outcome::Undefined | crate::policy::Outcome::Error(_) => Vec::new(),
        };
        let subject = self.arena.subject();
        let decision_path = path_of(subject);
        let candidates = inputs.into_iter().enumerate().map(|(index, input)| {
            let case = Case { input: Some(input), data: data.clone() };
            let verdict = court.decide(&subject.decision, &decision_path, &case);
            let seed: Arc<str> = format!("input {} of the generator", index + 1).into();
            Candidate { seed, origin: case.clone(), edits: Vec::new(), case, verdict }
        });
        Some(candidates.collect())
    }
}

/// One run of a check.
pub(super) struct Run<'r, 'p> {
    pub(super) check: &'r Check,
    pub(super) ask: Ask<'r, 'p>,
    tried: u64,
    tested: u64,
    /// Whether the variables had values for some input.
    was_bound: bool,
}

impl Run<'_, '_> {
    fn all(
        &mut self,
        candidates: &[Candidate],
        made: &Made,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> CheckEnd {
        if let Kind::MustAllow(inputs) = &self.check.property.kind {
            return self.examples(inputs);
        }
        for Saved { input, data, variables } in &self.check.saved {
            let loaded = self.check.arena.subject().policy.data();
            let case = Case { input: input.clone(), data: data.as_ref().unwrap_or(loaded).clone() };
            let candidate = Candidate {
                seed: SAVED.into(),
                origin: case.clone(),
                edits: Vec::new(),
                case: case.clone(),
                verdict: self.ask.verdict(&case),
            };
            if let Some(end) = self.one(&candidate, variables) {
                return end;
            }
        }
        let limit = self.check.arena.settings().cases.saturating_mul(ASKED_OF_A_CASE);
        let has_variables = !self.check.property.each.is_empty();
        for (index, candidate) in (0_u64..).zip(candidates) {
            if index % CHECK_EVERY == 0 && is_over() || self.ask.court.asked > limit {
                break;
            }
            // What somebody wrote down is worth more than one turn.
            let turns = if has_variables && candidate.edits.is_empty() { TURNS_OF_A_SEED } else { 1 };
            for turn in 0..turns {
                let turn = index.saturating_add(turn);
                self.ask.turn = turn;
                let property = &self.check.property;
                let pools = self.ask.pools;
                let bound = variable::bind(&property.each, self.ask.court, pools, &candidate.case, turn);
                let variables = match bound {
                    Ok(Some(variables)) => variables,
                    Ok(None) => {
                        self.tried += 1;
                        continue;
                    }
                    Err(error) => return CheckEnd::Failed(error),
                };
                self.was_bound = true;
                if let Some(end) = self.one(candidate, &variables) {
                    return end;
                }
            }
        }
        self.unbroken(made)
    }

    fn one(&mut self, candidate: &Candidate, variables: &Variables) -> Option<CheckEnd> {
        self.tried += 1;
        let (trial, case) = self.attempt(&candidate.case, variables, Some(candidate.verdict));
        match trial {
            Trial::Idle => None,
            Trial::Held => {
                self.tested += 1;
                None
            }
            Trial::Failed(error) => Some(CheckEnd::Failed(error)),
            Trial::Broken(broken) => {
                self.tested += 1;
                let found = Found {
                    seed: Arc::clone(&candidate.seed),
                    origin: candidate.origin.clone(),
                    edits: candidate.edits.clone(),
                    raw: candidate.case.clone(),
                    case,
                    variables: variables.clone(),
                    broken: *broken,
                };
                let found = shrink(self, found);
                Some(CheckEnd::Refuted(Box::new(tell::counterexample(self.check, &found))))
            }
        }
    }

    fn examples(&mut self, inputs: &[(Value, crate::source::Span)]) -> CheckEnd {
        let data = self.check.arena.subject().policy.data().clone();
        for (index, (input, _)) in inputs.iter().enumerate() {
            let case = Case { input: Some(input.clone()), data: data.clone() };
            self.tried += 1;
            self.tested += 1;
            if self.ask.verdict(&case) == Verdict::Allow {
                continue;
            }
            let actual = super::kind::shown(&self.ask.court.ask(self.ask.path, &case, &None));
            let broken = Broken {
                change: None,
                expected: "allowed".to_owned(),
                actual,
                wanted: super::kind::Wanted::Verdict(Verdict::Allow),
            };
            let found = Found {
                seed: format!("example {}", index + 1).into(),
                origin: case.clone(),
                edits: Vec::new(),
                raw: case.clone(),
                case,
                variables: None,
                broken,
            };
            return CheckEnd::Refuted(Box::new(tell::counterexample(self.check, &found)));
        }
        CheckEnd::Held
    }

    /// What comes of a case, and the case with what the property's terms put into it. `known` is what is decided on the case
    /// as it is, if that is known.
    pub(super) fn attempt(
        &mut self,
        case: &Case,
        variables: &Variables,
        known: Option<Verdict>,
    ) -> (Trial, Case) {
        let property = &self.check.property;
        let mut made = case.clone();
        for (path, term) in &property.set {
            let value = match self.ask.court.value(term, &made, variables) {
                Ok(Some(value)) => value,
                Ok(None) => return (Trial::Idle, made),
                Err(error) => return (Trial::Failed(error), made),
            };
            match place::put(made.input.as_ref(), path, value) {
                Some(input) => made.input = Some(input),
                None => return (Trial::Idle, made),
            }
        }
        if !property.set.is_empty() {
            // What the property gives itself stays as it gives it.
            made = self.check.arena.mend(&made, &made, self.ask.court);
        }
        for condition in &property.assume {
            match self.ask.court.holds(condition, &made, variables) {
                Ok(true) => {}
                Ok(false) => return (Trial::Idle, made),
                Err(error) => return (Trial::Failed(error), made),
            }
        }
        let verdict = known.filter(|_| property.set.is_empty()).unwrap_or_else(|| self.ask.verdict(&made));
        let trial = property.kind.try_case(&mut self.ask, &made, variables, verdict);
        (trial, made)
    }

    /// The end without a counterexample.
    fn unbroken(&self, made: &Made) -> CheckEnd {
        let property = &self.check.property;
        let inputs = format!("{} inputs", self.tried);
        if self.tested == 0 {
            let reason = match &property.kind {
                _ if self.tried == 0 => "there was no input".to_owned(),
                Kind::AllowRequires(_) | Kind::DependsOn(_) | Kind::Agrees(..) if made.allowed == 0 => {
                    format!("the policy allows none of {inputs}")
                }
                _ if !self.was_bound && !property.each.is_empty() => {
                    format!("there is no value of {} for any of {inputs}", variable::in_words(&property.each))
                }
                _ if !property.assume.is_empty() || !property.each.is_empty() => {
                    format!("what it assumes held for none of {inputs} that it could be tested on")
                }
                Kind::NeverAllowWhen(..) => format!("its condition held for none of {inputs}"),
                Kind::OnMissing(..) => format!("none of {inputs} that is denied has anything there"),
                Kind::Changes(_) => format!("none of {inputs} could be changed so"),
                Kind::AllowRequires(_)
                | Kind::DependsOn(_)
                | Kind::Agrees(..)
                | Kind::MustAllow(_)
                | Kind::EquivalentTo(..)
                | Kind::Expect(_)
                | Kind::Rule { .. } => format!("it says something about none of {inputs}"),
            };
            return CheckEnd::Inconclusive(reason);
        }
        if property.kind.is_about_denials() && made.allowed == 0 {
            let reason = format!("the policy allows none of {inputs}, so that these are denied says nothing");
            return CheckEnd::Inconclusive(reason);
        }
        CheckEnd::Held
    }
}

/// What a case is called that broke the property before.
const SAVED: &str = "a case that broke it before";

/// How many evaluations a case may take on average.
const ASKED_OF_A_CASE: u64 = 20;
const CHECK_EVERY: u64 = 64;
const TURNS_OF_A_SEED: u64 = 16;
