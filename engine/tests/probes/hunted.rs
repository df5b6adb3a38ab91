//! Hunts in policies that are given as texts, with the tests among them.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Modules};
use portcullis::probe::contract::Contract;
use portcullis::probe::corpus::Budget;
use portcullis::probe::decision::{self, Decision, Recognised};
use portcullis::probe::edit::Case;
use portcullis::probe::hunt::{Hunted, hunt};
use portcullis::probe::probes::{ALL, Severity};
use portcullis::probe::reach::{Polarity, Reach};
use portcullis::probe::seed::{self, Seed, Written};
use portcullis::probe::subject::Subject;
use portcullis::source::{Source, Sources};
use portcullis::suite::discovery::{self, Form};
use portcullis::value::Value;

/// A policy and the tests in it.
pub(crate) struct Loaded {
    pub(crate) policy: NativePolicy,
    pub(crate) recognised: Recognised,
    tests: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

/// Compiles modules.
pub(crate) fn load(modules: &[(&str, &str)], data: &Value) -> Loaded {
    let mut sources = Sources::new();
    for (name, text) in modules {
        sources.add(Source::new(*name, *text));
    }
    let read = Modules { sources: &sources, versions: &[] };
    let parsed = frontend::parse(&read, NonZeroUsize::MIN, None).expect("modules that are Rego");
    let found = discovery::discover(&parsed.rules());
    let unit = CompileUnit { modules: &parsed, data, renames: &found.renames, cases: &[] };
    // The year 2033: tokens of the tests are valid for longer.
    let host = SealedHost { now: 2_000_000_000_000_000_000, seed: 1 };
    let policy = NativeEngine::new(Arc::new(host)).compile_native(&unit).expect("modules that compile");
    let inventory = frontend::inventory(&parsed).expect("annotations that go together");
    let recognised = decision::recognise(policy.program(), &inventory);
    let tests = found.tests.into_iter().filter(|test| test.form == Form::Plain);
    let tests = tests.map(|test| (Arc::from(test.id.to_string()), test.path)).collect();
    Loaded { policy, recognised, tests }
}

impl Loaded {
    /// The one decision.
    pub(crate) fn decision(&self) -> Decision {
        match &self.recognised {
            Recognised::Decisions(decisions) => decisions.first().expect("a decision").clone(),
            Recognised::Candidates(candidates) => panic!("which one? {candidates:?}"),
        }
    }

    /// The policy and its one decision.
    pub(crate) fn subject(&self) -> Subject {
        Subject { policy: self.policy.clone(), decision: self.decision() }
    }

    /// The cases of the tests, over their own data and over those of the policy.
    pub(crate) fn seeds(&self, subject: &Subject) -> Vec<Seed> {
        let rule = subject.decision.rule(self.policy.program()).expect("a rule");
        let reach: BTreeSet<_> =
            Reach::of(self.policy.program(), rule, Polarity::Positive).rules.into_keys().collect();
        let own = self.tests.iter().flat_map(|(name, path)| seed::of_test(&self.policy, name, path, &reach));
        let own: Vec<Written> = own.collect();
        let loaded: Vec<Written> = own
            .iter()
            .map(|written| {
                let case = Case { input: written.case.input.clone(), data: self.policy.data().clone() };
                Written { name: Arc::clone(&written.name), case }
            })
            .collect();
        seed::judged(subject, own.into_iter().chain(loaded).collect(), NonZeroUsize::MIN)
    }

    /// What all probes find, from so many inputs.
    pub(crate) fn hunt(&self, inputs: u64) -> Hunted {
        let subject = self.subject();
        let seeds = self.seeds(&subject);
        let budget = Budget { inputs, of_each: usize::MAX, is_over: &|| false, jobs: NonZeroUsize::MIN };
        hunt(&subject, &seeds, &ALL, &Contract::default(), budget, &|_| ())
    }
}

/// What was found, a line each: the probe, the place and the question; once more for each row of data that lets in, by its name.
pub(crate) fn lines(hunted: &Hunted) -> BTreeSet<String> {
    let findings = hunted.findings.iter().flat_map(|finding| {
        let detail =
            if finding.pair.detail.is_empty() { String::new() } else { format!(", {}", finding.pair.detail) };
        let line = format!("{} {}: {}{detail}", finding.probe.id, finding.probe.name, finding.place());
        let rows = finding.through.iter();
        let rows: Vec<String> =
            rows.map(|row| format!("{line}, through {} {}", row.table, row.name.to_json())).collect();
        std::iter::once(line).chain(rows)
    });
    let facts =
        hunted.facts.iter().map(|fact| format!("{} {}: {}", fact.probe.id, fact.probe.name, fact.place));
    findings.chain(facts).collect()
}

/// Those of the hard findings.
pub(crate) fn hard(hunted: &Hunted) -> Vec<String> {
    let hard = hunted.findings.iter().filter(|finding| finding.probe.severity == Severity::Hard);
    hard.map(|finding| format!("{} {}", finding.probe.id, finding.place())).collect()
}
