//! What is tried depends on the seed and the number of cases alone, and files that are cut anywhere are read or refused.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use portcullis::eval::NativeEngine;
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Modules};
use portcullis::probe::decision::Decision;
use portcullis::probe::edit::Case;
use portcullis::probe::seed::Written;
use portcullis::probe::subject::Subject;
use portcullis::property::arena::{Arena, Settings};
use portcullis::property::check::{Check, CheckEnd, Checked};
use portcullis::property::{self, DataScope};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::stack;
use portcullis::value::{Object, Value};

use crate::in_cases;

const POLICY: &str = r#"package authz

default allow := false

allow if {
	input.level >= 3
	input.user in {"alice", "bob"}
	input.name != "x"
}

allow if {
	some tag in input.tags
	tag == "root"
}
"#;

const PROPERTIES: &str = r#"version: 1
entrypoint: data.authz.allow
properties:
  - {id: held, never_allow_when: 'input.user == "mallory"', unless: '"root" in input.tags'}
  - {id: level, allow_requires: is_number(input.level)}
  - {id: each, each: {n: {int: [-5, 2]}}, set: {input.level: n, input.tags: '[]'}, expect: deny}
  - {id: depends, allow_depends_on: [input.user]}
"#;

/// What comes of each property.
fn outcome(settings: Settings) -> BTreeMap<String, Checked> {
    stack::run(|| {
        let mut modules = Sources::new();
        modules.add(Source::new("policy.rego", POLICY));
        let data = Value::Object(Object::new());
        let modules = Modules { sources: &modules, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
        let set = property::read(SourceId::default(), "a.properties.yaml", PROPERTIES).expect("properties");
        let engine = NativeEngine::new(Arc::new(SealedHost { now: 0, seed: 1 }));
        let policy = property::compile(&engine, &unit, &[&set]).expect("a policy");
        let decision = Decision::at(["authz", "allow"].map(Arc::from).to_vec());
        let text = r#"{"user": "alice", "level": 3, "name": "n", "tags": []}"#;
        let input = portcullis::document::json_value(SourceId::default(), text).expect("JSON");
        let case = Case { input: Some(input), data: data.clone() };
        let rows = vec![Written { name: "a row".into(), case }];
        let subject = Subject { policy, decision };
        let arena = Arc::new(Arena::new(subject, Vec::new(), rows, &set, DataScope::Loaded, settings));
        let set = Arc::new(set);
        let checks = set.properties.iter().map(|property| Check {
            set: Arc::clone(&set),
            property: property.clone(),
            arena: Arc::clone(&arena),
            other: None,
            generator: None,
            saved: Vec::new(),
            tried: OnceLock::new(),
        });
        checks.map(|check| (check.property.id.to_string(), check.run(&|| false))).collect()
    })
    .expect("a thread")
}

fn jobs(jobs: usize) -> NonZeroUsize {
    NonZeroUsize::new(jobs).expect("a number")
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let one = outcome(Settings { cases: 700, jobs: jobs(1), ..Settings::default() });
    let four = outcome(Settings { cases: 700, jobs: jobs(4), ..Settings::default() });
    assert_eq!(one, four);
    let CheckEnd::Refuted(found) = &one["level"].end else { panic!("{:?}", one["level"]) };
    assert_eq!(
        found.input.as_ref().map(Value::to_json).as_deref(),
        Some(r#"{"level":{},"name":"n","user":"alice"}"#)
    );
    assert_eq!(one["held"].end, CheckEnd::Held);
    assert_eq!(one["each"].end, CheckEnd::Held);
    assert!(matches!(&one["depends"].end, CheckEnd::Refuted(_)), "{:?}", one["depends"]);
}

#[test]
fn as_many_inputs_are_tried_as_were_asked_for() {
    for cases in [50, 300] {
        let tried = outcome(Settings { cases, ..Settings::default() });
        assert_eq!(tried["held"].tried, cases);
        assert!(cases < 300 || tried["held"].tested > 0);
    }
}

#[test]
fn another_seed_finds_the_same_in_another_way() {
    let one = outcome(Settings { seed: 1, ..Settings::default() });
    let other = outcome(Settings { seed: 2, ..Settings::default() });
    let tested = |checked: &BTreeMap<String, Checked>| checked["held"].tested;
    assert_ne!(tested(&one), tested(&other));
    for (name, checked) in &one {
        let same = std::mem::discriminant(&checked.end) == std::mem::discriminant(&other[name].end);
        assert!(same, "{name}: {checked:?} {:?}", other[name]);
    }
}

#[test]
fn without_a_step_of_shrinking_the_counterexample_is_as_it_was_found() {
    let found = outcome(Settings { shrink_limit: 0, ..Settings::default() });
    let CheckEnd::Refuted(whole) = &found["level"].end else { panic!("{:?}", found["level"]) };
    let whole = whole.input.as_ref().and_then(Value::as_object).map_or(0, Object::len);
    assert!(whole > 1);
}

#[test]
fn texts_that_are_cut_anywhere_are_read_or_refused() {
    for (name, text) in in_cases() {
        for (end, _) in text.char_indices() {
            let answer = property::read(SourceId::default(), &name, text.get(..end).expect("a text"));
            assert!(answer.is_ok() || answer.is_err_and(|errors| !errors.is_empty()), "{name} {end}");
        }
    }
}
