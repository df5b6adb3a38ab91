//! What is asked of a policy by commands that look for inputs: its decisions, and the cases that its tests put before it.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::host::{Host as _, SealedHost};
use portcullis::probe::decision::{self, Decision, Recognised};
use portcullis::probe::edit::Case;
use portcullis::probe::reach::{Polarity, Reach};
use portcullis::probe::seed::{self, Seed, Source, Written};
use portcullis::probe::subject::Subject;
use portcullis::source::Sources;
use portcullis::suite::TestBody;
use portcullis::value::{Object, Value};

use super::decision_path::DecisionPath;
use super::input::PolicyArgs;
use super::test::plan::Inventory;
use super::test::properties::Declared;
use crate::host::{Machine, Network};
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// A policy, and what is asked of it.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The policy with its tests.
    pub(crate) policy: NativePolicy,
    /// Its decisions.
    pub(super) decisions: Vec<Decision>,
    /// Those that it marks, or what keeps them from being known.
    recognised: Recognised,
    /// What the user should know before.
    pub(super) warnings: Vec<String>,
    /// What files of properties say of decisions.
    pub(super) declared: Declared,
    /// The tests and rows, with the cases that they put before the policy.
    written: Vec<(Arc<str>, Source)>,
}

impl Asked {
    /// Loads policies and tests. `named` are the decisions that the user wants to know of; those that the policy marks if there
    /// are none.
    ///
    /// # Errors
    /// What can't be loaded or compiled; a decision that is none; a policy whose decisions can't be told.
    pub(super) fn load(
        args: &PolicyArgs,
        paths: &[String],
        named: &[String],
        seed: u64,
    ) -> Result<Self, Failure> {
        let now = Machine::new(Network::Denied).now();
        let mut asked = Self::load_undecided(args, paths, SealedHost { now, seed })?;
        asked.decisions = asked.wanted(named)?;
        Ok(asked)
    }

    /// As [`Asked::load`], with what policies see of the outside, and without decisions.
    ///
    /// # Errors
    /// What can't be loaded or compiled.
    pub(super) fn load_undecided(
        args: &PolicyArgs,
        paths: &[String],
        host: SealedHost,
    ) -> Result<Self, Failure> {
        let engine = NativeEngine::new(Arc::new(host));
        let inventory = Inventory::new(args, &engine, paths)?;
        let Inventory { tests, sets, declared, warnings, .. } = inventory;
        let Some(own) = sets.first() else { return Err(Failure::of_message("there is no policy")) };
        let policy = declared.compile(&own.policies, &engine, &own.renames)?;
        let recognised = decision::recognise(policy.program(), &own.policies.inventory()?);
        let written = tests.into_iter().filter_map(|planned| {
            let name: Arc<str> = planned.test.id.to_string().into();
            let source = match planned.test.body {
                TestBody::Rego { path, .. } | TestBody::Cases { path, .. } => Source::Test(path),
                TestBody::Table { case, .. } => {
                    let data = &sets.get(planned.set)?.policies.data;
                    let input = case.input.clone();
                    Source::Row(Written::with_overrides(Arc::clone(&name), input, data, &case.with))
                }
                TestBody::Property { .. } | TestBody::Broken(_) | TestBody::Skipped { .. } => return None,
            };
            Some((name, source))
        });
        let written = written.collect();
        Ok(Self { policy, decisions: Vec::new(), recognised, warnings, declared, written })
    }

    /// The decisions that are named; those that the policy marks if there are none.
    ///
    /// # Errors
    /// A name without a rule, and decisions that can't be told.
    pub(super) fn wanted(&self, named: &[String]) -> Result<Vec<Decision>, Failure> {
        if named.is_empty() {
            recognised_or_question(self.recognised.clone())
        } else {
            named.iter().map(|name| named_decision(&self.policy, name)).collect()
        }
    }

    /// One of the decisions, ready to be asked for.
    pub(super) fn subject(&self, decision: &Decision) -> Subject {
        Subject { policy: self.policy.clone(), decision: decision.clone() }
    }

    /// The cases that tests put before a decision.
    pub(super) fn seeds(&self, subject: &Subject, jobs: NonZeroUsize) -> Vec<Seed> {
        let program = self.policy.program();
        let Some(rule) = subject.decision.rule(program) else { return Vec::new() };
        let reach: BTreeSet<_> = Reach::of(program, rule, Polarity::Positive).rules.into_keys().collect();
        let cases = seed::written(&self.policy, &self.written, &reach, jobs);
        // Tests bring data of their own; what is shipped is asked the same.
        let loaded = cases.iter().map(|written| {
            let case = Case { input: written.case.input.clone(), data: self.policy.data().clone() };
            Written { name: Arc::clone(&written.name), case }
        });
        let loaded: Vec<Written> = loaded.collect();
        // A policy without tests is looked at from here.
        let empty = cases.is_empty().then(|| {
            let case = Case { input: Some(Value::Object(Object::new())), data: self.policy.data().clone() };
            Written { name: Arc::from("an empty input"), case }
        });
        let contract = self.declared.contract(&subject.decision);
        let all = cases.into_iter().chain(loaded).chain(empty);
        let mended = all.map(|written| contract.mended(written, &subject.policy));
        seed::judged(subject, mended.collect(), jobs)
    }

    /// The modules.
    pub(crate) fn sources(&self) -> &Sources {
        self.policy.sources()
    }
}

fn recognised_or_question(recognised: Recognised) -> Result<Vec<Decision>, Failure> {
    let candidates = match recognised {
        Recognised::Decisions(decisions) => return Ok(decisions),
        Recognised::Candidates(candidates) => candidates,
    };
    let names: Vec<String> = candidates.iter().map(Decision::name).collect();
    let help = if names.is_empty() {
        "name it with --decision data.PACKAGE.RULE, or mark its rule with `entrypoint: true` in METADATA"
            .to_owned()
    } else {
        format!(
            "name one with --decision, or mark it with `entrypoint: true` in METADATA: {}",
            names.join(", ")
        )
    };
    let refusal = Refusal { message: "which rule decides?".to_owned(), help: Some(help) };
    Err(Failure::of_refusal(refusal))
}

fn named_decision(policy: &NativePolicy, name: &str) -> Result<Decision, Failure> {
    let refuse = |message: String| Failure::of_refusal(Refusal::new(message).with_help(NAMING));
    let path =
        DecisionPath::parse(name).map_err(|_| refuse(format!("`{name}` is not the path of a decision")))?;
    let package = path.steps().iter().cloned().chain([Arc::from("allow")]).collect();
    let candidates = [path.steps().to_vec(), package].map(Decision::at);
    let found = candidates.into_iter().find(|decision| decision.rule(policy.program()).is_some());
    found.ok_or_else(|| refuse(format!("there is no rule `{}`, and no rule `allow` in it", path.dotted())))
}

const NAMING: &str = "name a rule, or a package with a rule `allow`, as in data.authz.allow";
