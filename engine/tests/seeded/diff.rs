//! Whether comparing versions finds what the planted bugs let in.
//!
//! That takes minutes in a debug build, and says there that it was skipped: it is for release builds.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portcullis::diff::class::Class;
use portcullis::diff::{Compared, Start, State, Until, Versions, compare};
use portcullis::document;
use portcullis::eval::NativeEngine;
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Modules};
use portcullis::probe::corpus::Budget;
use portcullis::probe::decision::Decision;
use portcullis::probe::edit::Case;
use portcullis::probe::reach::{Polarity, Reach};
use portcullis::probe::seed::{self, Seed, Written};
use portcullis::probe::subject::Subject;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::suite::discovery;

use crate::corpus::{Part, Tests, Version, benchmarks, each_seed};

#[test]
fn what_the_bugs_let_in_is_found_by_comparing_with_the_clean_policy() {
    let mut out = std::io::stdout();
    if cfg!(debug_assertions) {
        writeln!(out, "skipped: this takes minutes in a debug build; cargo test --release runs it").unwrap();
        return;
    }
    let measured = Mutex::new(Measured::default());
    each_seed(&benchmarks(), |benchmark, seed| {
        let old = subject(&benchmark.base, &benchmark.entrypoint);
        let new = subject(&seed.version, &benchmark.entrypoint);
        let started = Instant::now();
        let compared = compared(&old, &new, Until::Allowed);
        let took = started.elapsed();
        let found = compared.differences.iter().any(|one| one.class == Class::NewlyAllowed);
        let mut measured = measured.lock().unwrap();
        measured.slowest = measured.slowest.max(took);
        measured.all += took;
        measured.most_inputs = measured.most_inputs.max(compared.tried);
        match seed.part {
            Part::InSample if !found => {
                measured.missed.insert(format!("{}/{}", benchmark.name, seed.name));
            }
            Part::InSample => measured.in_sample += 1,
            Part::HeldOut => {
                measured.held_out.0 += usize::from(found);
                measured.held_out.1 += 1;
            }
        }
    });
    let Measured { missed, in_sample, held_out: (found, all), slowest, all: took, most_inputs } =
        measured.into_inner().unwrap();
    // What those are that nobody looks at is not told.
    writeln!(out, "in sample: {in_sample} found, missed: {missed:?}; held out: {found} of {all}").unwrap();
    writeln!(out, "{took:.1?} in all, {slowest:.1?} and {most_inputs} inputs at most for one").unwrap();
    let known: BTreeSet<String> = MISSED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(missed, known, "those that are missed, and those that are known to be");
    assert!(found >= HELD_OUT, "{found} of {all}");
}

/// What finding the bugs came to.
#[derive(Debug, Default)]
struct Measured {
    missed: BTreeSet<String>,
    in_sample: usize,
    held_out: (usize, usize),
    slowest: Duration,
    all: Duration,
    most_inputs: u64,
}

#[test]
fn clean_policies_are_identical_to_themselves() {
    for benchmark in benchmarks() {
        let old = subject(&benchmark.base, &benchmark.entrypoint);
        let new = subject(&benchmark.base, &benchmark.entrypoint);
        let compared = compared(&old, &new, Until::Spent);
        assert_eq!(compared.state, State::Identical, "{}", benchmark.name);
        assert_eq!(compared.tried, 0, "{}", benchmark.name);
    }
}

fn compared(old: &Subject, new: &Subject, until: Until) -> Compared {
    let budget = Budget { inputs: INPUTS, of_each: usize::MAX, is_over: &|| false, jobs: NonZeroUsize::MIN };
    let of =
        |subject: &Subject| seeds(subject).iter().map(|seed| Start::of(seed, subject)).collect::<Vec<_>>();
    let starts: Vec<Start> = of(new).into_iter().chain(of(old)).collect();
    compare(Versions { old, new }, &starts, budget, until)
}

/// The cases of the tests of a version, and the same over the data that it is shipped with.
fn seeds(subject: &Subject) -> Vec<Seed> {
    let program = subject.policy.program();
    let rule = subject.decision.rule(program).expect("a decision");
    let reach: BTreeSet<_> = Reach::of(program, rule, Polarity::Positive).rules.into_keys().collect();
    let tests = program.rules.iter().filter(|rule| {
        rule.path
            .last()
            .and_then(portcullis::value::Value::as_str)
            .is_some_and(|name| name.starts_with("test_"))
    });
    let mut written = Vec::new();
    for test in tests {
        let path: Vec<Arc<str>> =
            test.path.iter().map(|step| Arc::from(step.as_str().expect("a name"))).collect();
        let name: Arc<str> = path.join(".").into();
        written.extend(seed::of_test(&subject.policy, &name, &path, &reach));
    }
    let loaded: Vec<Written> = written
        .iter()
        .map(|one| {
            let case = Case { input: one.case.input.clone(), data: subject.policy.data().clone() };
            Written { name: Arc::clone(&one.name), case }
        })
        .collect();
    seed::judged(subject, written.into_iter().chain(loaded).collect(), NonZeroUsize::MIN)
}

fn subject(version: &Version, entrypoint: &str) -> Subject {
    let mut sources = Sources::new();
    for (name, text) in version.modules(Tests::Included) {
        sources.add(Source::new(name, text));
    }
    let modules = Modules { sources: &sources, versions: &[] };
    let modules = frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
    let data = version.data(&BTreeSet::new()).to_string();
    let data = document::json(SourceId::default(), &data).expect("JSON").to_value();
    let found = discovery::discover(&modules.rules());
    let unit = CompileUnit { modules: &modules, data: &data, renames: &found.renames, cases: &found.cases };
    let host = SealedHost { now: NOW, ..SealedHost::default() };
    let policy = NativeEngine::new(Arc::new(host)).compile_native(&unit).expect("a policy");
    let decision = Decision::at(entrypoint.split('.').skip(1).map(Arc::from).collect());
    Subject { policy, decision }
}

/// How many inputs are tried for each bug.
const INPUTS: u64 = 40_000;

/// The bugs in sample that are missed, each with what would be needed. One that is found leaves the list.
const MISSED: [(&str, &str); 0] = [];

/// Of the bugs that those who wrote the comparison have not seen so many have to be found.
const HELD_OUT: usize = 29;

/// In January of 2027, in nanoseconds.
const NOW: i64 = 1_800_000_000_000_000_000;
