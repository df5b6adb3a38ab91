//! Parameterised tests that failed: what is told of each case, with the native engine.

#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portcullis::eval::NativeEngine;
use portcullis::explain::LiteralDecision;
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{Cancel, CompileUnit, Engine, Location, Modules, RegoVersion};
use portcullis::source::{Source, Sources};
use portcullis::stack;
use portcullis::suite::run::{AfterFailure, Clock, Explain, RunOptions, run};
use portcullis::suite::{Cases, Event, Test, TestBody, TestResult, Why, discovery};
use portcullis::value::{Object, Value};

#[test]
fn a_failed_case_has_its_own_literal_and_values() {
    let result = result(
        r#"test_x[tc.note] if {
            some tc in [{"note": "one", "n": 1}, {"note": "two", "n": 2}, {"note": "three", "n": 3}]
            tc.n > 1
            tc.n < 3
        }"#,
    );
    let expected = [("one", "undefined: tc.n > 1 (tc.n = 1)"), ("three", "undefined: tc.n < 3 (tc.n = 3)")];
    assert_eq!(told(&result), texts(&expected));
    assert_eq!(of_test(&result), "", "everything is told of the cases");
}

#[test]
fn a_case_with_a_value_that_fails_tells_what_made_the_value() {
    let result = result(
        r#"test_x[a][b] := a != b if {
            some a in ["x", "y"]
            some b in ["x", "y"]
        }"#,
    );
    let told: Vec<(String, String)> = told(&result).into_iter().collect();
    let [(x, of_x), (y, of_y)] = &*told else { panic!("two cases failed: {told:?}") };
    assert_eq!((&**x, &**y), ("x/x", "y/y"));
    assert!(of_x.starts_with("false: ") && of_x.contains(r#"a != b (a = "x", b = "x","#), "{of_x}");
    assert!(of_y.starts_with("false: ") && of_y.contains(r#"a != b (a = "y", b = "y","#), "{of_y}");
}

#[test]
fn a_case_that_passes_in_one_way_is_not_told_and_the_ways_of_others_are() {
    let result = result(
        r"test_x[n] if {
            some n in [1, 2, 3]
            some x in [1, 3, 5]
            x == n
        }",
    );
    let ways = "undefined: x == n (x = 1, n = 2); x == n (x = 3, n = 2); x == n (x = 5, n = 2)";
    assert_eq!(told(&result), texts(&[("2", ways)]));
}

#[test]
fn what_fails_before_a_case_is_known_stays_with_the_test() {
    let result = result(
        r#"test_x[note] if {
            some tc in [{"notes": []}, {"notes": ["a"]}]
            some note in tc.notes
            note == "b"
        }"#,
    );
    assert_eq!(told(&result), texts(&[("a", r#"undefined: note == "b" (note = "a")"#)]));
    assert_eq!(of_test(&result), "{}: some note in tc.notes ()");
}

#[test]
fn a_case_has_the_errors_of_its_own() {
    let result = result(
        r#"test_x[text] if {
            some text in ["1", "one", "2"]
            to_number(text) == 1
        }"#,
    );
    let cases = result.cases.as_ref().expect("cases");
    let errors = |case: &str| {
        let why = cases.get(case).and_then(|case| case.why.as_deref()).expect("an explanation");
        why.builtin_errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(errors("one").contains(r#"parsing "one""#), "{}", errors("one"));
    assert_eq!(errors("2"), "");
    assert!(result.why.expect("an explanation").builtin_errors.is_empty());
}

#[test]
fn rules_are_told_anew_for_each_case() {
    let result = result(
        r"big if input.n > 2

        test_x[n] if {
            some n in [1, 2, 3]
            big with input.n as n
        }",
    );
    for (name, n) in [("1", "1"), ("2", "2")] {
        let case = result.cases.as_ref().and_then(|cases| cases.get(name)).expect("a case");
        let why = case.why.as_deref().expect("an explanation");
        let literals = why.decisions.iter().flat_map(|decision| &decision.clauses);
        let asked = literals.flat_map(|clause| &clause.literals).flat_map(|literal| &literal.decisions);
        let inner: Vec<String> =
            asked.flat_map(|rule| &rule.clauses).flat_map(|clause| &clause.literals).map(shown).collect();
        assert_eq!(inner, [format!("input.n > 2 (input.n = {n})")]);
    }
}

#[test]
fn so_many_cases_are_told_and_those_that_pass_take_no_room() {
    // Each case fails in one way first; the first 1500 pass in the other.
    let result = result(
        r"test_x[n] if {
            some n in numbers.range(1, 3000)
            some x in [0, 1500]
            n <= x
        }",
    );
    let cases = result.cases.as_ref().expect("cases");
    assert_eq!(cases.values().filter(|case| case.failed()).count(), 1500);
    let told = told(&result);
    assert_eq!(told.len(), 1000);
    assert!(told.contains_key("1501") && !told.contains_key("2501"), "the first that were met");
}

/// What is told of cases, by their names with those around them before slashes.
fn told(result: &TestResult) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    collect(result.cases.as_ref().expect("cases"), "", &mut told);
    told
}

fn collect(cases: &Cases, around: &str, told: &mut BTreeMap<String, String>) {
    for (name, case) in cases {
        told.extend(case.why.as_deref().map(|why| (format!("{around}{name}"), text(why))));
        collect(&case.cases, &format!("{around}{name}/"), told);
    }
}

fn of_test(result: &TestResult) -> String {
    text(result.why.as_deref().expect("an explanation"))
}

/// Values of decisions, and the literals of their clauses.
fn text(why: &Why) -> String {
    let decisions = why.decisions.iter().map(|decision| {
        let value = decision.value.as_ref().map_or("undefined".to_owned(), Value::to_rego);
        let literals: Vec<String> =
            decision.clauses.iter().flat_map(|clause| &clause.literals).map(shown).collect();
        format!("{value}: {}", literals.join("; "))
    });
    decisions.collect::<Vec<_>>().join("\n")
}

fn shown(literal: &LiteralDecision) -> String {
    let fact = |(name, value): &(Arc<str>, Option<Value>)| {
        format!("{name} = {}", value.as_ref().map_or("undefined".to_owned(), Value::to_rego))
    };
    let facts: Vec<String> = literal.facts.iter().map(fact).collect();
    format!("{} ({})", literal.text, facts.join(", "))
}

fn texts(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// The result of the one test of a module.
fn result(rules: &str) -> TestResult {
    stack::run(|| {
        let mut sources = Sources::new();
        sources.add(Source::new("t.rego", format!("package t\n\n{rules}\n")));
        let modules = Modules { sources: &sources, versions: &[RegoVersion::V1] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let found = discovery::discover(&modules.rules());
        let data = Value::Object(Object::new());
        let unit = CompileUnit { modules, data: &data, renames: &found.renames, cases: &found.cases };
        let policy = NativeEngine::new(Arc::new(SealedHost::default())).compile(&unit).expect("a policy");
        let tests: Vec<Test> = found
            .tests
            .into_iter()
            .map(|test| Test {
                id: test.id,
                location: Location { file: "t.rego".into(), row: 1, col: 1 },
                body: TestBody::Cases { policy: Arc::clone(&policy), path: test.path },
            })
            .collect();
        let options = RunOptions {
            jobs: NonZeroUsize::MIN,
            timeout: Duration::from_mins(1),
            cancel: &Cancel::default(),
            clock: &Stopped,
            recorder: None,
            explain: Explain::Failures,
            repeat: NonZeroUsize::MIN,
            after_failure: AfterFailure::GoOn,
            cases: None,
            measure: None,
        };
        let mut results = Vec::new();
        run(&tests, &options, &mut |event| {
            if let Event::Finished(result) = event {
                results.push(result);
            }
        })
        .expect("threads");
        results.pop().expect("a result")
    })
    .expect("a thread")
}
