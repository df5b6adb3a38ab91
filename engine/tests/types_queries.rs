//! Type errors of queries against those of `opa eval`.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests run OPA"
)]

#[path = "types_support/opa.rs"]
mod opa;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use portcullis::compile::types::{self, Assumptions, Capabilities};
use portcullis::compile::{
    CompileOptions, Query, QueryContext, TypeCheck, UndefinedCalls, compile, compile_query,
};
use portcullis::source::{LineIndex, Source, Sources};
use portcullis::syntax::{ParseOptions, parse, parse_query};
use serde_json::Value;

#[test]
fn queries_have_the_type_errors_that_opa_reports() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("types-queries");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("policy.rego");
    std::fs::write(&path, POLICY).expect("a file");
    let path = path.display().to_string();
    let mut found = 0;
    for query in QUERIES {
        let Some(output) = opa::run(&["eval", "--format=json", "--data", &path, query]) else {
            return;
        };
        let report: Value = serde_json::from_slice(&output.stdout).expect("OPA prints JSON");
        let errors = report["errors"].as_array().cloned().unwrap_or_default();
        let theirs: Vec<_> = errors
            .iter()
            .filter(|error| error["code"] == "rego_type_error")
            .map(|error| {
                let place = &error["location"];
                let number = |name: &str| place[name].as_u64().unwrap_or_default();
                (number("row"), number("col"), error["message"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        assert_eq!(check(query), theirs, "{query}");
        found += theirs.len();
    }
    assert!(found >= 10, "only {found} errors");
}

/// Row, column and message of each error.
fn check(query: &str) -> Vec<(u64, u64, String)> {
    let mut sources = Sources::new();
    let policy = sources.add(Source::new("policy.rego", POLICY));
    let source = sources.add(Source::new("query", query));
    let parsed = parse(policy, POLICY, &ParseOptions::default());
    let body = parse_query(source, query, &ParseOptions::default()).expect("a query");
    let options = CompileOptions::default();
    let compiled = compile(vec![parsed.module], &sources, &options);
    assert!(compiled.is_ok(), "{:?}", compiled.diagnostics);
    let context = QueryContext { capture_values: true, ..QueryContext::default() };
    let query_of = compile_query(&compiled, body, &context, &sources, &options).expect("a sound query");
    let view = TypeCheck {
        threads: NonZeroUsize::MIN,
        sources: &sources,
        modules: &compiled.modules,
        rules: &compiled.rules,
        paths: &[],
        tree: &compiled.tree,
        graph: &compiled.graph,
        written: &compiled.written,
        schemas: &compiled.schemas,
        undefined_calls: UndefinedCalls::Refuse,
    };
    let (documents, errors) = types::check_documents(&view, &Capabilities::current());
    assert!(errors.is_empty(), "{errors:?}");
    let index = LineIndex::new(query);
    let errors = types::check_query(&view, &documents, &query_of.body, &query_of.written);
    same_with_known_types(&query_of, &sources, &errors);
    let place = |error: &types::TypeError| index.position(error.span.start);
    errors
        .iter()
        .map(|error| (place(error).row as u64, place(error).col as u64, error.message.clone()))
        .collect()
}

/// Modules that were compiled with a type checker keep what it found, and a query about them gets the same errors.
fn same_with_known_types(query: &Query, sources: &Sources, expected: &[types::TypeError]) {
    let capabilities = Capabilities::current();
    let assumptions = Assumptions::from(&capabilities);
    let policy = sources.iter().next().expect("the policy").0;
    let parsed = parse(policy, POLICY, &ParseOptions::default());
    let check_types = |view: &TypeCheck<'_>| types::check(view, assumptions);
    let options = CompileOptions { check_types: Some(&check_types), ..CompileOptions::default() };
    let compiled = compile(vec![parsed.module], sources, &options);
    let found = types::query_errors(&compiled, query, sources, assumptions);
    let found = found.iter().map(|error| (error.span.map(|span| span.start), error.message.clone()));
    let expected = expected
        .iter()
        .map(types::TypeError::diagnostic)
        .map(|error| (error.span.map(|span| span.start), error.message));
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

const POLICY: &str = r#"package t

q := {"a": 1}

r contains x if some x in ["b", "c"]

f(x) := x + 1
"#;

const QUERIES: [&str; 16] = [
    "data.t.q.b",
    "data.t.q.a = \"x\"",
    "x := data.t.q; x.nope",
    "data.t.f(\"a\")",
    "y := data.t.f(input.a); upper(y, z)",
    "data.t.r[1]",
    "data.t.r.b; data.t.r[x]; x = 1",
    "1 == \"a\"",
    "1 = \"a\"",
    "count({k | data.t.q[k]; k.a}) == 1",
    "z := input.foo; upper(z) == 1; z == 2",
    "data.t.q == 1 with data.t.q as 2",
    "upper(1) == \"a\"; data.t.f",
    "some i; data.t.q[i].x; i == 1",
    "[1, 2][\"a\"]; {\"a\": 1}.b; split(\"a\", \"b\")[0].c",
    "x := [y | y := upper(1)]; x[0] == 1",
];
