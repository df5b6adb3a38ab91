//! What the native engine says of the clean policies and of the bugs in them.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portcullis::coverage::{Kind, Passes, Tests as TestsCount, Totals};
use portcullis::document;
use portcullis::eval::NativeEngine;
use portcullis::frontend::{self, ParsedModules};
use portcullis::host::SealedHost;
use portcullis::policy::{
    Cancel, CompileUnit, Engine as _, Location, Modules, Outcome, Policy, Query, Request,
};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::suite::discovery::{self, Form};
use portcullis::suite::run::{AfterFailure, Clock, Explain, Recorder, RunOptions, Test, TestBody, run};
use portcullis::suite::{Event, Summary};
use portcullis::value::Value;
use serde_json::Value as Json;

use crate::corpus::{CLASSES, Part, Seed, Tests, Version, benchmarks, each_seed};

#[test]
fn clean_policies_deny_what_the_bugs_let_in() {
    each_seed(&benchmarks(), |benchmark, seed| {
        let base = decision(&benchmark.base, &benchmark.entrypoint, seed);
        assert_eq!(base, "false", "{}: {}", benchmark.name, seed.name);
        let with_bug = decision(&seed.version, &benchmark.entrypoint, seed);
        assert_eq!(with_bug, "true", "{}: {}", benchmark.name, seed.name);
    });
}

#[test]
fn clean_policies_have_a_dozen_tests_that_pass_and_try_every_rule() {
    for benchmark in benchmarks() {
        let (summary, rules) = tested(&benchmark.base);
        assert_eq!(summary.passed, summary.total(), "{}: {summary:?}", benchmark.name);
        assert!(summary.passed >= 12, "{}: {summary:?}", benchmark.name);
        assert_eq!(rules.covered, rules.total, "{}", benchmark.name);
        assert!(rules.total > 10, "{}: {rules:?}", benchmark.name);
    }
}

#[test]
fn the_tests_of_clean_policies_notice_the_bugs_that_are_said_to_be_noticed() {
    each_seed(&benchmarks(), |benchmark, seed| {
        let (summary, _) = tested(&seed.version);
        let passes = summary.passed == summary.total();
        assert_eq!(passes, seed.about.passes_tests, "{}: {}: {summary:?}", benchmark.name, seed.name);
    });
}

#[test]
fn there_are_bugs_of_every_class_and_most_of_them_pass_the_tests() {
    let benchmarks = benchmarks();
    assert_eq!(benchmarks.len(), 5);
    for benchmark in &benchmarks {
        assert!(benchmark.seeds.len() >= 12, "{}: {}", benchmark.name, benchmark.seeds.len());
    }
    let seeds: Vec<&Seed> = benchmarks.iter().flat_map(|benchmark| &benchmark.seeds).collect();
    for (class, _) in CLASSES {
        let of_class = seeds.iter().filter(|seed| seed.about.class == class);
        assert!(of_class.count() >= 2, "{class}");
    }
    let held_out = seeds.iter().filter(|seed| seed.part == Part::HeldOut).count();
    assert!(held_out >= 18 && seeds.len() - held_out >= 44, "{held_out} of {} are held out", seeds.len());
    let unnoticed = seeds.iter().filter(|seed| seed.about.passes_tests).count();
    assert!(unnoticed * 62 >= seeds.len() * 48, "{unnoticed} of {} pass the tests", seeds.len());
}

/// What a version answers to the witness of a seed, as JSON.
fn decision(version: &Version, entrypoint: &str, seed: &Seed) -> String {
    let witness = &seed.about.witness;
    let (_, policy) = compile(version, Tests::LeftOut, &version.data(&witness.absent));
    let path = entrypoint.split('.').skip(1).map(Arc::from).collect();
    let mut prepared = policy.prepare(&Query::Path(path)).expect("a path");
    let input = value(&witness.input);
    let outcome = prepared.evaluate(&Request { input: Some(&input), ..Request::default() }).outcome;
    match outcome {
        Outcome::Undefined => "undefined".to_owned(),
        Outcome::Error(error) => format!("error {error}"),
        Outcome::Defined(rows) => rows[0].expressions[0].value.to_json(),
    }
}

/// What the tests of a version come to, and how many of its rules they made hold.
fn tested(version: &Version) -> (Summary, portcullis::coverage::Count) {
    let (modules, policy) = compile(version, Tests::Included, &version.data(&BTreeSet::new()));
    let found = discovery::discover(&modules.rules()).tests;
    let tests: Vec<Test> = found
        .into_iter()
        .map(|test| {
            assert_eq!(test.form, Form::Plain, "{}", test.id);
            Test {
                id: test.id,
                location: Location { file: "tests".into(), row: 1, col: 1 },
                body: TestBody::Rego { policy: Arc::clone(&policy), path: test.path },
            }
        })
        .collect();
    let recorder = Recorder::new(Passes::default());
    let options = RunOptions {
        jobs: NonZeroUsize::MIN,
        timeout: Duration::from_mins(1),
        cancel: &Cancel::default(),
        clock: &Stopped,
        recorder: Some(&recorder),
        explain: Explain::Nothing,
        repeat: NonZeroUsize::MIN,
        after_failure: AfterFailure::GoOn,
        cases: None,
        measure: None,
    };
    let summary = run(&tests, &options, &mut |_: Event| ()).expect("threads");
    let counters = recorder.counters(&policy).expect("the native engine counts");
    let coverage = policy.coverage(&counters, &modules, &|_| false).expect("the native engine counts");
    (summary, Totals::of(&coverage, TestsCount::LeftOut).count(Kind::Rule))
}

fn compile(version: &Version, tests: Tests, data: &Json) -> (ParsedModules, Arc<dyn Policy>) {
    let mut sources = Sources::new();
    for (name, text) in version.modules(tests) {
        sources.add(Source::new(name, text));
    }
    let modules = Modules { sources: &sources, versions: &[] };
    let modules = frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
    let data = value(&data.to_string());
    let unit = CompileUnit { modules: &modules, data: &data, renames: &[], cases: &[] };
    let host = SealedHost { now: NOW, ..SealedHost::default() };
    let policy = NativeEngine::new(Arc::new(host)).compile(&unit).expect("a policy");
    (modules, policy)
}

fn value(text: &str) -> Value {
    document::json(SourceId::default(), text).expect("JSON").to_value()
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// In January of 2027, in nanoseconds.
const NOW: i64 = 1_800_000_000_000_000_000;
