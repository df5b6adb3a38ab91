//! Queries against `opa eval`: which are refused, and with which words.

use std::process::Command;

use portcullis::compile::{CompileOptions, QueryContext, compile, compile_query};
use portcullis::diagnostic::Diagnostic;
use portcullis::source::{LineIndex, Source, Sources};
use portcullis::syntax::{ParseOptions, parse, parse_query};
use serde_json::Value;

const MODULE: &str =
    "package t\n\np := 1\n\nf(x) := x\n\nq[k] := v if some k, v in input.m\n\nr if print(1)\n";

const QUERIES: &[&str] = &[
    "data.t.p",
    "x",
    "x = 1",
    "x := 1; x == y",
    "not x",
    "x == data.t.q[y]",
    "data.t.f(z)",
    "data.t.f(1, 2, 3)",
    "data.t.g(1)",
    "nosuch(1)",
    "count([1], 2, 3)",
    "x > y; y = 1",
    "x > y; y = 1; x = 2",
    "some x; input.a[x]",
    "some x",
    "some x in y",
    "some x, y in [1]",
    "every x in [1] { x == y }",
    "every x in [1] { true }",
    "[x | y]",
    "[x | x = y]",
    "{x: y | some x, y in input.m}",
    "x := 1; x := 2",
    "x == 1; x := 2",
    "not x := 1",
    "1 := 2",
    "input.x := 2",
    "data.t.p with input as x",
    "data.t.p with x as 1",
    "data.t.p with input.a as data.b[_]",
    "data.t.p with data.t.p.q as 1",
    "count([1]) with count as data.t.f",
    "count([1]) with walk as 1",
    "print(x)",
    "print(1)",
    "x := print(1)",
    "walk(input, [p, v]); p == z",
    "$\"{x} {input.a[y]}\"",
    "$\"{input.x}\"",
    "{x} = {1}",
    "[x, y] = [y, 1]",
    "x + 1 == y",
    "_ = x",
    "_ > 1",
    "p",
    "data.t.q[x] = y",
    "data[x].p",
    "input",
    "input := 1",
    "if",
    "x = contains",
    "re_match(\"a\", \"b\")",
    "x = [y | y := 1; z := 2]",
    "trace(x)",
    "a = b; b = c; c = d",
    "a = b; b = c; c = 1",
    "not data.t.q[x]",
    "object.get(input, x, y)",
    "count(x) > 1",
    "data.t.f([1, 2, 3][i]) == j",
];

#[test]
fn queries_get_the_same_errors_as_from_opa() {
    let Some(opa) = crate::opa::opa() else { return };
    let folder = std::env::temp_dir().join(format!("portcullis-queries-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("t.rego"), MODULE).unwrap();
    let mut different = Vec::new();
    let mut refused = 0;
    for query in QUERIES {
        let output = Command::new(&opa)
            .current_dir(&folder)
            .args(["eval", "--format", "json", "--data", "t.rego", query])
            .output()
            .unwrap();
        let output: Value = serde_json::from_slice(&output.stdout).unwrap();
        let theirs = messages(&output);
        let ours = check(query);
        refused += usize::from(!ours.is_empty());
        if ours != theirs {
            different.push(format!(
                "{query}\nours:   {}\ntheirs: {}",
                ours.join("\n        "),
                theirs.join("\n        ")
            ));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
    assert!(refused > 30, "only {refused} queries were refused");
}

/// The errors of the compiler; what goes wrong later is no error of it.
fn messages(output: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for error in output["errors"].as_array().into_iter().flatten() {
        let code = error["code"].as_str().unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default();
        let by_types = code == "rego_type_error"
            && ["invalid argument(s)", "match error", "undefined ref", "not called"]
                .iter()
                .any(|part| message.contains(part));
        if code.starts_with("rego_") && !by_types {
            let at = &error["location"];
            found.push(format!("{}:{} {code}: {message}", at["row"], at["col"]));
        }
    }
    found.sort();
    found
}

fn check(query: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let module = sources.add(Source::new("t.rego", MODULE));
    let parsed = parse(module, MODULE, &ParseOptions::default());
    let options = CompileOptions::default();
    let compiled = compile(vec![parsed.module], &sources, &options);
    assert!(compiled.is_ok(), "{:?}", compiled.diagnostics);
    let id = sources.add(Source::new("", query));
    let context = QueryContext { capture_values: true, ..QueryContext::default() };
    let errors = match parse_query(id, query, &ParseOptions::default()) {
        Ok(body) => compile_query(&compiled, body, &context, &sources, &options).err(),
        Err(errors) => Some(errors),
    };
    let mut found: Vec<String> = errors.into_iter().flatten().map(|error| line(&error, query)).collect();
    found.sort();
    found
}

fn line(error: &Diagnostic, query: &str) -> String {
    let place = error.span.map(|span| LineIndex::new(query).position(span.start));
    let place = place.map_or_else(|| "null:null".to_owned(), |at| format!("{}:{}", at.row, at.col));
    format!("{place} {}: {}", error.code.as_str(), error.message)
}
