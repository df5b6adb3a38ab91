//! The compiler against OPA's conformance cases and against programs that OPA rejects.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use portcullis::compile::builtins::{Builtin, Builtins, CurrentBuiltins};
use portcullis::compile::{CompileOptions, QueryContext, compile, compile_query};
use portcullis::diagnostic::Diagnostic;
use portcullis::source::{Source, Sources};
use portcullis::syntax::{ParseOptions, parse, parse_query};
use serde_json::Value;

#[test]
fn module_sets_that_opa_accepts_are_accepted() {
    let Some(folder) = shared("conformance/opa") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut accepted = 0;
    let mut refused = Vec::new();
    for file in files {
        for case in cases(&file) {
            let code = case["want_error_code"].as_str().unwrap_or_default();
            if code.starts_with("rego_") {
                continue;
            }
            match run(&case, true) {
                Ok(()) => accepted += 1,
                Err(errors) => refused.push(format!("{}: {}", case["note"], first(&errors))),
            }
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
    assert!(accepted >= 1600, "only {accepted} cases");
}

#[test]
fn programs_that_opa_rejects_are_rejected_with_the_same_words() {
    let Some(folder) = shared("conformance/edge") else { return };
    let mut wrong = Vec::new();
    let mut waiting = Vec::new();
    let mut compared = 0;
    for case in cases(&folder.join("compile.json")) {
        let note = case["note"].as_str().unwrap();
        let outcome = run(&case, false);
        let Some(message) = case["want_error"].as_str() else {
            if let Err(errors) = outcome {
                wrong.push(format!("{note}: refused: {}", first(&errors)));
            }
            continue;
        };
        let message = NEWER_WORDS.iter().find(|(old, _)| *old == message).map_or(message, |(_, new)| new);
        let code = case["want_error_code"].as_str().unwrap();
        match outcome {
            Ok(()) if message.contains("invalid argument(s)") => waiting.push(note.to_owned()),
            Ok(()) => wrong.push(format!("{note}: accepted")),
            Err(errors) => {
                compared += 1;
                let found =
                    errors.iter().any(|error| error.code.as_str() == code && error.message.contains(message));
                if !found {
                    wrong.push(format!("{note}: want {code}: {message}\n   got {}", first(&errors)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 35, "only {compared} programs");
    assert!(waiting.len() <= 3, "waiting for the type checker: {waiting:?}");
}

/// Messages that OPA has changed since the cases were written.
const NEWER_WORDS: &[(&str, &str)] = &[
    (
        "rule data.t.p.a conflicts with [data.t.p.a.b]",
        "rule data.t.p.a conflicts with:\n  rule data.t.p.a.b at ",
    ),
    (
        "unexpected identifier token: expected var",
        "unexpected import alias, must not be a reserved name, got: input",
    ),
];

/// OPA runs its cases with a function of its own.
struct CaseBuiltins;

impl Builtins for CaseBuiltins {
    fn builtin(&self, name: &str) -> Option<Builtin> {
        match name {
            "test.sleep" => CurrentBuiltins.builtin("abs"),
            _ => CurrentBuiltins.builtin(name),
        }
    }
}

fn run(case: &Value, with_query: bool) -> Result<(), Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let mut modules = Vec::new();
    for (index, text) in case["modules"].as_array().into_iter().flatten().enumerate() {
        let text = text.as_str().unwrap();
        let id = sources.add(Source::new(format!("test-{index}.rego"), text));
        let parsed = parse(id, text, &ParseOptions::default());
        if !parsed.diagnostics.is_empty() {
            return Err(parsed.diagnostics);
        }
        modules.push(parsed.module);
    }
    let exists = |path: &[&str]| path.iter().try_fold(&case["data"], |value, key| value.get(key)).is_some();
    let options =
        CompileOptions { data_exists: Some(&exists), builtins: &CaseBuiltins, ..CompileOptions::default() };
    let compiled = compile(modules, &sources, &options);
    if !compiled.is_ok() {
        return Err(compiled.diagnostics);
    }
    if with_query {
        let text = case["query"].as_str().unwrap();
        let id = sources.add(Source::new("query", text));
        let body = parse_query(id, text, &ParseOptions::default())?;
        compile_query(&compiled, body, &QueryContext::default(), &sources, &options)?;
    }
    Ok(())
}

fn first(errors: &[Diagnostic]) -> String {
    errors.first().map_or_else(String::new, |error| format!("{}: {}", error.code.as_str(), error.message))
}

fn cases(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value.get("cases").unwrap_or(&value).as_array().unwrap().clone()
}

/// The folder of the conformance cases, unless it is missing, which is said.
fn shared(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if folder.exists() {
        return Some(folder);
    }
    let required = std::env::var("PORTCULLIS_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "{} is missing", folder.display());
    // Past the capture of the test harness, so that it is seen.
    let _ = writeln!(std::io::stderr(), "skipped: {} is missing", folder.display());
    None
}
