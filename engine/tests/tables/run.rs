//! Tables against a policy: from text to events.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portcullis::frontend;
use portcullis::policy::{Cancel, CompileUnit, Engine, Location, Modules};
use portcullis::reference::ReferenceEngine;
use portcullis::source::{LineIndex, Source, Sources};
use portcullis::stack;
use portcullis::suite::run::{AfterFailure, Clock, Explain, RunOptions, run};
use portcullis::suite::{Event, Failure, Summary, Test, TestBody, TestId, Verdict};
use portcullis::value::{Object, Value};

use crate::archive::{expand, split};

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// Runs a suite against a policy; tells the summary and, for each case that failed, its name and what is said of it.
fn outcome(policy: &str, suite: &str) -> (Summary, Vec<String>) {
    stack::run(|| {
        let mut modules = Sources::new();
        modules.add(Source::new("policy.rego", policy));
        let data = Value::Object(Object::new());
        let modules = Modules { sources: &modules, versions: &[] };
        let modules = &frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
        let unit = CompileUnit { modules, data: &data, renames: &[], cases: &[] };
        let policy = ReferenceEngine.compile(&unit).expect("a policy");
        let sources = split(&format!("-- t.suite.yaml --\n{suite}"));
        let (suite, cases) = expand(&sources).expect("a suite");
        let tests: Vec<Test> = cases
            .into_iter()
            .map(|case| {
                let source = sources.get(case.span.source).expect("a source");
                let at = LineIndex::new(source.text()).position(case.span.start);
                let location = Location { file: Arc::clone(source.name()), row: at.row, col: at.col };
                let id = TestId::Table { suite: suite.name().as_str().into(), case: Arc::clone(&case.name) };
                Test {
                    id,
                    location,
                    body: TestBody::Table { policy: Arc::clone(&policy), case: Arc::new(case) },
                }
            })
            .collect();
        let options = RunOptions {
            jobs: NonZeroUsize::MIN,
            timeout: Duration::from_mins(1),
            cancel: &Cancel::default(),
            clock: &Stopped,
            recorder: None,
            explain: Explain::Nothing,
            repeat: NonZeroUsize::MIN,
            after_failure: AfterFailure::GoOn,
            cases: None,
            measure: None,
        };
        let mut told = Vec::new();
        let summary = run(&tests, &options, &mut |event| {
            let Event::Finished(result) = event else { return };
            let name = result.id.to_string();
            match result.verdict {
                Verdict::Pass => {}
                Verdict::Fail(Failure::Unexpected { expected, actual, hint }) => {
                    told.push(format!("{name}: {expected}, {actual}, {}", hint.unwrap_or_default()));
                }
                verdict @ (Verdict::Fail(_) | Verdict::Error(_) | Verdict::Skip { .. }) => {
                    told.push(format!("{name}: {verdict:?}"));
                }
            }
        });
        (summary.expect("threads"), told)
    })
    .expect("a thread")
}

const SUITE: &str = r#"suite: calls
query: data.authz.allow
matrix:
  axes:
    caller: {orchestrator: "spiffe://a/orchestrator", searcher: "spiffe://a/searcher"}
    action: [search, summarize]
  input: {caller: "${caller}", action: "${action}"}
  allowed:
    - {caller: orchestrator, action: [search, summarize]}
    - {caller: searcher, action: search}
cases:
  - {name: banned, input: {caller: "spiffe://a/orchestrator", action: search}, with: {data.banned: ["spiffe://a/orchestrator"]}, expect: deny}
"#;

const POLICY: &str = r#"package authz
default allow := false
allow if {
    some grant in [["spiffe://a/orchestrator", "search"], ["spiffe://a/orchestrator", "summarize"], ["spiffe://a/searcher", "search"]]
    grant == [input.caller, input.action]
    not input.caller in data.banned
}
"#;

#[test]
fn a_policy_that_keeps_to_the_table_passes() {
    let (summary, told) = outcome(POLICY, SUITE);
    assert_eq!((summary.passed, summary.total()), (5, 5), "{told:?}");
}

#[test]
fn a_grant_that_is_not_listed_fails_the_matrix() {
    let wide =
        POLICY.replace(r#"["spiffe://a/searcher", "search"]"#, r#"["spiffe://a/searcher", input.action]"#);
    let (summary, told) = outcome(&wide, SUITE);
    assert_eq!(summary.failed, 1);
    assert_eq!(told, ["calls/caller=searcher action=summarize: deny (false), allow (true), "]);
}

#[test]
fn a_policy_without_a_default_denies_nothing() {
    let (summary, told) = outcome(&POLICY.replace("default allow := false\n", ""), SUITE);
    assert_eq!((summary.passed, summary.failed), (3, 2));
    assert_eq!(
        told[1],
        "calls/caller=searcher action=summarize: deny (false), undefined, no default rule answered: add `default \
         allow := false` to package `authz`, or check that `query` names a rule"
    );
}

#[test]
fn a_conflict_is_an_error_unless_it_is_expected() {
    let policy = "package authz\nallow := x if { some x in [true, false] }\n";
    let suite =
        |expect: &str| format!("suite: s\nquery: data.authz.allow\ncases: [{{name: c, expect: {expect}}}]\n");
    assert_eq!(outcome(policy, &suite("{error: eval_conflict_error}")).0.passed, 1);
    assert_eq!(outcome(policy, &suite("allow")).0.errored, 1);
    assert_eq!(outcome(policy, &suite("{error: eval_type_error}")).0.failed, 1);
}

#[test]
fn a_partial_set_is_wanted_as_a_list() {
    let policy = "package k8s\ndeny contains msg if { some msg in input.messages }\n";
    let suite = "suite: s\nquery: data.k8s.deny\ncases:\n  \
        - {name: some, input: {messages: [b, a, b]}, expect: {want: [a, b]}}\n  \
        - {name: none, input: {messages: []}, expect: {want: []}}\n";
    let (summary, told) = outcome(policy, suite);
    assert_eq!(summary.passed, 2, "{told:?}");
}
