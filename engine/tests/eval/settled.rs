//! Rules that depend on the base documents alone are evaluated once, and nobody can tell.

use std::num::NonZeroUsize;
use std::sync::Arc;

use portcullis::document;
use portcullis::eval::{EngineOptions, NativeEngine, NativePolicy};
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Limits, Modules, Outcome, Override, Policy as _, Query, Request};
use portcullis::source::{Source, SourceId, Sources};
use portcullis::value::Value;

#[test]
fn a_rule_is_settled_if_neither_the_input_nor_the_outside_comes_into_it() {
    let policy = policy(
        r#"
settled_constant := 1
settled_base := data.base.list
settled_partial contains x if some x in data.base.list
settled_rule := count(settled_partial)
settled_calls := settled_function(data.base.list)
settled_function(x) := count(x)
settled_else if data.base.no else := 2
default settled_default := false
settled_default if every x in data.base.list { x > 0 }
settled_recursion := [y | some x in data.base.list; y := settled_function([x])]

open_input := input.x
open_through_rule := open_input
open_through_function := open_function(1)
open_function(x) := x + input.x
open_clock := time.now_ns()
open_random := rand.intn("a", 10)
open_certificates := crypto.x509.parse_and_verify_certificates(data.base.list[0])
open_with := n if n := settled_rule with data.base.list as [1]
open_inside contains x if { some x in data.base.list; not input.without[x] }
open_comprehension := {x: 1 | some x in data.base.list; input.x == x}
open_else if data.base.no else := input.x
open_term := [{"a": input.x}][0].a
open_print := x if { x := 1; print(x) }
open_through_print := open_print
"#,
        true,
    );
    let rules = policy.program().rules.iter();
    let mut seen = 0;
    for rule in rules {
        let name = rule.path.last().and_then(Value::as_str).expect("a name");
        assert_eq!(rule.settled, name.starts_with("settled_"), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 23);
}

#[test]
fn a_settled_rule_is_evaluated_once_for_all_inputs() {
    let text = "p := {\"n\": n, \"x\": input.x}\nn := count([x | some x in data.base.list; some y in data.base.list; x < y])";
    for (optimise, second) in [(true, Ok(())), (false, Err(()))] {
        let policy = policy(text, optimise);
        let mut prepared = policy.prepare(&Query::Path(vec!["t".into(), "p".into()])).expect("a path");
        let mut ask = |input: &str, steps: Option<u64>| {
            let input = json(input);
            let limits = Limits { steps, ..Limits::default() };
            prepared.evaluate(&Request { input: Some(&input), limits, ..Request::default() }).outcome
        };
        assert_eq!(value(&ask(r#"{"x": 1}"#, None)), Some(json(r#"{"n": 3, "x": 1}"#)));
        let answer = ask(r#"{"x": 2}"#, Some(8));
        match second {
            Ok(()) => assert_eq!(value(&answer), Some(json(r#"{"n": 3, "x": 2}"#))),
            Err(()) => assert!(matches!(answer, Outcome::Error(_)), "{answer:?}"),
        }
    }
}

#[test]
fn what_replaces_documents_counts_also_when_their_rules_are_settled() {
    let policy = policy(
        "p := [n, m, l]\nn := count(data.base.list)\nm := x if x := n with data.base.list as [1]\nl := x if x := k with count as 7\nk := count(data.base.list)",
        true,
    );
    let mut prepared = policy.prepare(&Query::Path(vec!["t".into(), "p".into()])).expect("a path");
    let replaced = [Override { path: vec!["base".into(), "list".into()], value: json("[1, 2]") }];
    for _ in 0..2 {
        let outcome = prepared.evaluate(&Request::default()).outcome;
        assert_eq!(value(&outcome), Some(json("[3, 1, 7]")));
        let outcome = prepared.evaluate(&Request { with: &replaced, ..Request::default() }).outcome;
        assert_eq!(value(&outcome), Some(json("[2, 1, 7]")));
    }
}

#[test]
fn errors_of_settled_rules_are_errors_of_each_evaluation() {
    let conflict = policy("p := n\nn := x if some x in data.base.list", true);
    let mut prepared = conflict.prepare(&Query::Path(vec!["t".into(), "p".into()])).expect("a path");
    for _ in 0..3 {
        assert!(matches!(prepared.evaluate(&Request::default()).outcome, Outcome::Error(_)));
    }
    let failing = policy("p := {\"n\": n}\ndefault n := 0\nn := to_number(data.base.name)", true);
    let mut question = failing.question(&["t".into(), "p".into()]);
    for _ in 0..3 {
        let (evaluation, errors, _) = question.watch(&Request::default(), portcullis::eval::NoObserver);
        assert_eq!(value(&evaluation.outcome), Some(json(r#"{"n": 0}"#)));
        assert_eq!(errors.len(), 1, "the error is told each time");
    }
}

fn policy(rules: &str, optimise: bool) -> NativePolicy {
    let mut sources = Sources::new();
    sources.add(Source::new("t.rego", format!("package t\n\n{rules}\n")));
    let data = json(r#"{"base": {"list": [1, 2, 3], "name": "t"}}"#);
    let modules = Modules { sources: &sources, versions: &[] };
    let modules = frontend::parse(&modules, NonZeroUsize::MIN, None).expect("modules");
    let unit = CompileUnit { modules: &modules, data: &data, renames: &[], cases: &[] };
    let options = EngineOptions { optimise, ..EngineOptions::default() };
    let engine = NativeEngine::new(Arc::new(SealedHost { now: 0, seed: 1 })).with_options(options);
    engine.compile_native(&unit).unwrap_or_else(|errors| panic!("{rules}: {errors:?}"))
}

fn value(outcome: &Outcome) -> Option<Value> {
    match outcome {
        Outcome::Defined(rows) => Some(rows[0].expressions[0].value.clone()),
        Outcome::Undefined | Outcome::Error(_) => None,
    }
}

fn json(text: &str) -> Value {
    document::json_value(SourceId::default(), text).expect("JSON")
}
