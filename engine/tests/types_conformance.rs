//! The type checker on OPA's conformance cases and on programs that OPA rejects.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests read files and print why they are skipped"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use portcullis::compile::types::{self, Capabilities};
use portcullis::compile::{CompileOptions, TypeCheck, compile};
use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::source::{Source, Sources};
use portcullis::syntax::{ParseOptions, parse};
use serde_json::Value;

#[test]
fn module_sets_that_opa_accepts_have_no_type_errors() {
    let Some(folder) = shared("conformance/opa") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let (mut accepted, mut refused) = (0, Vec::new());
    for case in files.iter().flat_map(|file| cases(file)) {
        let Some(errors) = type_errors(&case) else { continue };
        if case["want_error_code"] == "rego_type_error" {
            if errors.is_empty() {
                refused.push(format!("{}: accepted", case["note"]));
            }
        } else if let Some(error) = errors.first() {
            refused.push(format!("{}: {}", case["note"], error.message));
        } else {
            accepted += 1;
        }
    }
    assert!(refused.is_empty(), "{}:\n{}", refused.len(), refused.join("\n"));
    assert!(accepted >= 1600, "only {accepted} module sets");
}

#[test]
fn programs_that_opa_rejects_for_their_types_are_rejected_with_its_words() {
    let Some(folder) = shared("conformance/edge") else { return };
    let mut compared = 0;
    for case in cases(&folder.join("compile.json")) {
        if case["want_error_code"] != "rego_type_error" {
            continue;
        }
        let message = case["want_error"].as_str().expect("a message");
        // Conflicts of rules have the code of type errors.
        if message.contains("conflicts with") {
            continue;
        }
        let errors = compile_case(&case, &mut |_| {});
        let Some(errors) = errors else { panic!("{}: does not parse", case["note"]) };
        let found = errors.iter().any(|error| error.code == Code::Type && error.message.contains(message));
        assert!(found, "{}: wanted {message}, found {errors:?}", case["note"]);
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} programs");
}

/// The type errors of modules that nothing else is wrong with.
fn type_errors(case: &Value) -> Option<Vec<Diagnostic>> {
    let mut found = None;
    compile_case(case, &mut |errors| found = Some(errors));
    found
}

/// All errors; none for modules that do not parse.
fn compile_case(case: &Value, checked: &mut dyn FnMut(Vec<Diagnostic>)) -> Option<Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let mut modules = Vec::new();
    for (at, text) in case["modules"].as_array().into_iter().flatten().enumerate() {
        let text = text.as_str().expect("text");
        let source = sources.add(Source::new(format!("{at:03}.rego"), text));
        let parsed = parse(source, text, &ParseOptions::default());
        if !parsed.diagnostics.is_empty() {
            return None;
        }
        modules.push(parsed.module);
    }
    let capabilities = Capabilities::current();
    let errors = std::cell::RefCell::new(None);
    let check_types = |view: &TypeCheck<'_>| {
        let found = types::check(view, &capabilities);
        *errors.borrow_mut() = Some(found.errors.clone());
        found
    };
    let options =
        CompileOptions { max_errors: None, check_types: Some(&check_types), ..CompileOptions::default() };
    let compiled = compile(modules, &sources, &options);
    if let Some(errors) = errors.take() {
        checked(errors);
    }
    Some(compiled.diagnostics)
}

fn cases(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a readable file");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    file["cases"].as_array().expect("a list").clone()
}

/// A folder of the conformance data beside the repository; none, with a line that says so, where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.is_dir() {
        return Some(path);
    }
    let required = std::env::var_os("PORTCULLIS_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "{} is missing, and PORTCULLIS_REQUIRE_SHARED is set", path.display());
    // Past the capture of the test harness, so that it is seen.
    let _ = writeln!(std::io::stderr(), "skipped: {} is missing", path.display());
    None
}
