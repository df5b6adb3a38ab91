//! The runner: order, counting, deadlines and cancellation, with policies whose answers are known.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::explain::{Explained, Watch};
use portcullis::policy::{
    Cancel, ErrorCode, EvalError, Evaluation, Expression, Location, Outcome, Policy, Prepared, Print, Query,
    QueryResult, Request,
};
use portcullis::suite::run::{self, AfterFailure, Clock, Explain, RunOptions, Test, TestBody};
use portcullis::suite::{Event, Failure, Nondeterminism, Summary, TestError, TestId, TestResult, Verdict};
use portcullis::value::Value;

/// Answers a query with what its path says.
#[derive(Debug)]
struct Scripted;

impl Policy for Scripted {
    fn prepare(&self, query: &Query) -> Result<Box<dyn Prepared>, Vec<Diagnostic>> {
        let Query::Path(path) = query else { panic!("a path") };
        match &*path[0] {
            "broken" => Err(vec![Diagnostic::error(Code::Type, "undefined ref", None)]),
            answer => Ok(Box::new(ScriptedQuery(answer.to_owned(), 0))),
        }
    }
}

#[derive(Debug)]
struct ScriptedQuery(String, usize);

impl Prepared for ScriptedQuery {
    fn evaluate(&mut self, request: &Request<'_>) -> Evaluation {
        let defined = |value| {
            let expression = Expression { value, text: "".into(), row: 1, col: 1 };
            Outcome::Defined(vec![QueryResult { expressions: vec![expression], bindings: Vec::new() }])
        };
        let error = |code| Outcome::Error(EvalError { code, message: "no".to_owned(), location: None });
        let outcome = match &*self.0 {
            "true" => defined(Value::Bool(true)),
            "false" => defined(Value::Bool(false)),
            "seven" => defined(Value::from(7_i64)),
            "undefined" => Outcome::Undefined,
            "conflict" => error(ErrorCode::Conflict),
            "stop" => {
                request.limits.cancel.expect("a way to stop").cancel();
                defined(Value::Bool(true))
            }
            "changing" => {
                self.1 += 1;
                defined(Value::Bool(!self.1.is_multiple_of(3)))
            }
            "moody" => {
                self.1 += 1;
                if self.1 == 1 { Outcome::Undefined } else { error(ErrorCode::Cancel) }
            }
            "deadline" => {
                assert_eq!(request.limits.time, Some(Duration::from_secs(3)));
                error(ErrorCode::Cancel)
            }
            other => panic!("no answer for {other}"),
        };
        Evaluation {
            outcome,
            prints: vec![Print { text: format!("asked {}", self.0), location: None }],
            cases: None,
        }
    }

    fn explain(&mut self, request: &Request<'_>, _: Watch) -> Option<Explained> {
        Some(Explained::of(self.evaluate(request)))
    }
}

#[test]
fn a_failure_is_explained_by_an_evaluation_that_came_to_the_same() {
    let tests = ["true", "false", "undefined", "conflict", "moody"].map(asks);
    let (results, _) = run_with(&tests, 1, |options| options.explain = Explain::Failures);
    let explained: Vec<bool> = results.iter().map(|result| result.why.is_some()).collect();
    assert_eq!(explained, [false, true, true, false, false]);
    let (results, _) = run(&tests, 1);
    assert!(results.iter().all(|result| result.why.is_none()), "nobody asked");
}

#[test]
fn tests_that_pass_are_measured_one_by_one() {
    let tests = ["true", "false", "undefined", "conflict", "true", "changing"].map(asks);
    let (results, summary) = run_with(&tests, 1, |options| options.measure = Some(Duration::from_millis(20)));
    let measured: Vec<Option<(u64, Duration)>> = results
        .iter()
        .map(|result| result.measured.as_deref().map(|measured| (measured.runs, measured.total)))
        .collect();
    let twenty = Some((20, Duration::from_millis(20)));
    assert_eq!(measured, [twenty, None, None, None, twenty, None]);
    assert_eq!((summary.passed, summary.failed, summary.errored), (2, 2, 2), "one changes its answer");
    assert!(matches!(results[5].verdict, Verdict::Error(TestError::Nondeterministic(_))), "{results:?}");
    let (results, _) = run(&tests, 1);
    assert!(results.iter().all(|result| result.measured.is_none()), "nobody asked");
}

/// One millisecond passes at each look.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn test(name: &str, body: TestBody) -> Test {
    let id = TestId::Rego { package: "data.t".into(), name: name.into() };
    Test { id, location: Location { file: "t.rego".into(), row: 1, col: 1 }, body }
}

fn asks(answer: &str) -> Test {
    test(answer, TestBody::Rego { policy: Arc::new(Scripted), path: vec![Arc::from(answer)] })
}

fn run(tests: &[Test], jobs: usize) -> (Vec<TestResult>, Summary) {
    run_with(tests, jobs, |_| {})
}

fn run_with(
    tests: &[Test],
    jobs: usize,
    change: impl FnOnce(&mut RunOptions<'_>),
) -> (Vec<TestResult>, Summary) {
    let (clock, cancel) = (Ticking::default(), Cancel::default());
    let jobs = NonZeroUsize::new(jobs).expect("a job");
    let mut options = RunOptions {
        jobs,
        timeout: Duration::from_secs(3),
        cancel: &cancel,
        clock: &clock,
        recorder: None,
        explain: Explain::Nothing,
        repeat: NonZeroUsize::MIN,
        after_failure: AfterFailure::GoOn,
        cases: None,
        measure: None,
    };
    change(&mut options);
    let mut results = Vec::new();
    let summary = run::run(tests, &options, &mut |event| {
        if let Event::Finished(result) = event {
            results.push(result);
        }
    });
    (results, summary.expect("threads"))
}

#[test]
fn only_true_passes() {
    let error = |code| {
        Verdict::Error(TestError::Evaluation(EvalError { code, message: "no".into(), location: None }))
    };
    let table = [
        ("true", Verdict::Pass),
        ("false", Verdict::Fail(Failure::NotTrue(Value::Bool(false)))),
        ("seven", Verdict::Fail(Failure::NotTrue(Value::from(7_i64)))),
        ("undefined", Verdict::Fail(Failure::Undefined)),
        ("conflict", error(ErrorCode::Conflict)),
        ("deadline", error(ErrorCode::Cancel)),
        (
            "broken",
            Verdict::Error(TestError::Compile(vec![Diagnostic::error(Code::Type, "undefined ref", None)])),
        ),
    ];
    let (results, summary) = run(&table.each_ref().map(|(answer, _)| asks(answer)), 1);
    for (result, (answer, verdict)) in results.iter().zip(&table) {
        assert_eq!(result.verdict, *verdict, "{answer}");
        assert!(result.duration > Duration::ZERO);
    }
    assert_eq!(summary, Summary { passed: 1, failed: 3, errored: 3, skipped: 0 });
    assert_eq!(results[0].prints[0].text, "asked true");
}

#[test]
fn a_skipped_test_takes_no_time_and_keeps_its_reason() {
    let reason = Some(Arc::from("not yet"));
    let (results, summary) = run(&[test("later", TestBody::Skipped { reason: reason.clone() })], 2);
    assert_eq!(results[0].verdict, Verdict::Skip { reason });
    assert_eq!(results[0].duration, Duration::ZERO);
    assert_eq!(summary, Summary { skipped: 1, ..Summary::default() });
}

#[test]
fn results_come_in_the_order_of_the_plan_on_any_number_of_threads() {
    let tests: Vec<Test> = (0..500).map(|n| Test { id: numbered(n), ..asks("true") }).collect();
    for jobs in [1, 2, 16] {
        let (results, summary) = run(&tests, jobs);
        assert!(results.iter().map(|result| result.id.clone()).eq((0..500).map(numbered)), "{jobs} threads");
        assert_eq!(summary.passed, 500);
    }
}

fn numbered(n: usize) -> TestId {
    TestId::Table { suite: "s".into(), case: n.to_string().into() }
}

#[test]
fn nothing_more_is_started_after_a_cancellation() {
    let (results, summary) = run(&[asks("true"), asks("stop"), asks("true"), asks("true")], 1);
    assert_eq!(results.len(), 2);
    assert_eq!(summary.total(), 2);
}

#[test]
fn an_empty_plan_ends_with_an_empty_summary() {
    assert_eq!(run(&[], 4), (Vec::new(), Summary::default()));
}

#[test]
fn a_test_whose_answers_differ_is_an_error() {
    let tests = ["true", "changing", "conflict", "undefined"].map(asks);
    let repeated = |times| {
        let repeat = NonZeroUsize::new(times).expect("a number");
        run_with(&tests, 2, |options| options.repeat = repeat)
    };
    assert_eq!(repeated(2).1, Summary { passed: 2, failed: 1, errored: 1, skipped: 0 });
    let (results, summary) = repeated(5);
    assert_eq!(summary, Summary { passed: 1, failed: 1, errored: 2, skipped: 0 });
    let (first, other) = ("true".to_owned(), "false".to_owned());
    assert_eq!(
        results[1].verdict,
        Verdict::Error(TestError::Nondeterministic(Nondeterminism { first, other, run: 3 }))
    );
}

#[test]
fn the_first_failure_can_be_the_last_result() {
    let answers = ["true", "true", "seven", "true", "conflict", "undefined", "true", "true"];
    for jobs in 1..=4 {
        let (results, summary) =
            run_with(&answers.map(asks), jobs, |options| options.after_failure = AfterFailure::Stop);
        let ids: Vec<&str> = results.iter().map(|result| &**result.id.name()).collect();
        assert_eq!(ids, ["true", "true", "seven"], "{jobs}");
        assert_eq!(summary, Summary { passed: 2, failed: 1, ..Summary::default() });
    }
}
