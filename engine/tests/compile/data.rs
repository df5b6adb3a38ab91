//! Rules that define what data defines, against `opa check --bundle`.

use std::process::Command;

use portcullis::compile::{CompileOptions, compile};
use portcullis::source::{Source, Sources};
use portcullis::syntax::{ParseOptions, parse};
use serde_json::Value;

/// A module and the data beside it.
const CASES: &[(&str, &str)] = &[
    ("package a\n\np := 1\n", r#"{"a": {"p": 1}}"#),
    ("package a\n\np := 1\n", r#"{"a": {"q": 1}}"#),
    ("package a\n\np := 1\n", r#"{"a": 1}"#),
    ("package a.b\n\nc.d := 1\n\ne := 2\n", r#"{"a": {"b": {"c": {"x": 1}, "e": {}}}}"#),
    ("package a.b\n\nc[x] := 1 if some x in [1]\n", r#"{"a": {"b": {"c": {"x": 1}}}}"#),
    ("package a.b\n\nc[1] := 1\n", r#"{"a": {"b": {"c": {"1": 1}}}}"#),
    ("package a.b\n\nf(x) := x\n", r#"{"a": {"b": {"f": []}}}"#),
    ("package a[\"b c\"]\n\np := 1\n\np := 1\n", r#"{"a": {"b c": {"p": null}}}"#),
];

#[test]
fn rules_in_the_place_of_data_are_refused_as_by_opa() {
    let Some(opa) = crate::opa::opa() else { return };
    let folder = std::env::temp_dir().join(format!("portcullis-data-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (module, data) in CASES {
        std::fs::write(folder.join("m.rego"), module).unwrap();
        std::fs::write(folder.join("data.json"), data).unwrap();
        let output =
            Command::new(&opa).current_dir(&folder).args(["check", "-f", "json", "--bundle", "."]).output();
        let output = output.unwrap();
        let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let theirs: Value = serde_json::from_slice(text).unwrap_or(Value::Null);
        let theirs: Vec<String> = theirs["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| format!("{}: {}", error["location"]["row"], error["message"].as_str().unwrap()))
            .collect();
        assert_eq!(check(module, data), theirs, "{module}{data}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn check(module: &str, data: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("m.rego", module));
    let parsed = parse(id, module, &ParseOptions::default());
    assert_eq!(parsed.diagnostics, []);
    let data: Value = serde_json::from_str(data).unwrap();
    // As `opa check --bundle` sees it: something that is no object stands for all below it.
    let exists = |path: &[&str]| {
        let mut node = &data;
        for key in path {
            match node.as_object() {
                None => return true,
                Some(object) => match object.get(*key) {
                    None => return false,
                    Some(next) => node = next,
                },
            }
        }
        true
    };
    let options = CompileOptions { data_exists: Some(&exists), ..CompileOptions::default() };
    let compiled = compile(vec![parsed.module], &sources, &options);
    let lines = portcullis::source::LineIndex::new(module);
    let shown = compiled
        .diagnostics
        .iter()
        .map(|error| format!("{}: {}", lines.position(error.span.unwrap().start).row, error.message));
    shown.collect()
}
