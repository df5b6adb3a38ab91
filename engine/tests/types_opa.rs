//! Type errors of small programs against those of `opa check`.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::format_push_string,
    reason = "tests run OPA, write what it reads and print what differs"
)]

#[path = "types_support/opa.rs"]
mod opa;
#[path = "types_support/programs.rs"]
mod programs;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use portcullis::compile::types::{self, Capabilities};
use portcullis::compile::{CompileOptions, TypeCheck, UndefinedCalls, compile};
use portcullis::diagnostic::Diagnostic;
use portcullis::source::{LineIndex, Source, Sources};
use portcullis::syntax::{ParseOptions, parse};
use serde_json::Value;

#[test]
fn programs_have_the_errors_that_opa_reports() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("types-opa");
    let modules = modules();
    assert!(modules.len() >= 300, "only {} programs", modules.len());
    // A module that OPA refuses before it checks types would keep it from checking the others.
    let everything: Vec<usize> = (0..modules.len()).collect();
    let (early, late): (Vec<usize>, Vec<usize>) =
        everything.into_iter().partition(|at| check(&modules, &[*at], 1).1);
    let mut compared = 0;
    let mut differing = Vec::new();
    for (name, group) in [("early", early), ("late", late)] {
        let Some(mut theirs) = errors_of_opa(&folder.join(name), &modules, &group) else {
            return;
        };
        // OPA loses the places of what is written in template strings.
        let without_place = theirs.remove("").unwrap_or_default();
        // Generated names depend on all modules that are compiled together.
        let (ours, _) = check(&modules, &group, 2);
        for at in group {
            let theirs = theirs.get(&file_name(at)).cloned().unwrap_or_default();
            compared += theirs.len();
            let mut ours = ours.get(&file_name(at)).cloned().unwrap_or_default();
            if modules[at].1.contains("$\"") {
                ours.retain(|error| {
                    theirs.contains(error) || without_place.iter().all(|other| other.3 != error.3)
                });
            }
            if ours != theirs {
                let only = |list: &[Found], other: &[Found]| -> Vec<String> {
                    list.iter()
                        .filter(|error| !other.contains(error))
                        .map(|error| format!("{error:?}"))
                        .collect()
                };
                differing.push(format!(
                    "== {} ({name})\n  ours   {}\n  theirs {}",
                    modules[at].0,
                    only(&ours, &theirs).join("\n         "),
                    only(&theirs, &ours).join("\n         ")
                ));
            }
        }
    }
    println!("{} programs, {compared} errors compared", modules.len());
    assert!(compared > 3000, "only {compared} errors");
    assert!(differing.is_empty(), "{} programs differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn errors_are_the_same_on_any_number_of_threads() {
    let modules = modules();
    let late: Vec<usize> = (0..modules.len()).filter(|at| !check(&modules, &[*at], 1).1).collect();
    let (expected, _) = check(&modules, &late, 1);
    assert!(expected.len() >= 100, "only {} programs have errors", expected.len());
    for threads in [2, 5] {
        let (found, _) = check(&modules, &late, threads);
        assert_eq!(found, expected, "{threads} threads");
    }
}

/// Each program as a module.
fn modules() -> Vec<(String, String)> {
    programs::all()
        .into_iter()
        .enumerate()
        .map(|(at, program)| {
            // All modules go to one run of OPA, so each needs a package of its own.
            let package = format!("t{at}");
            let source = program.source.replace("package t\n", &format!("package {package}\n"));
            (program.note, source.replace("data.t.", &format!("data.{package}.")))
        })
        .collect()
}

/// Row, column, code, message, and the lines below it.
type Found = (u64, u64, String, String);

/// Our errors by file, and whether there are any before types are checked.
fn check(
    modules: &[(String, String)],
    group: &[usize],
    threads: usize,
) -> (BTreeMap<String, Vec<Found>>, bool) {
    let mut sources = Sources::new();
    let mut parsed = Vec::new();
    for at in group {
        let text = modules[*at].1.as_str();
        let source = sources.add(Source::new(file_name(*at), text));
        let module = parse(source, text, &ParseOptions::default());
        assert!(module.diagnostics.is_empty(), "{}: {:?}", modules[*at].0, module.diagnostics);
        parsed.push(module.module);
    }
    let capabilities = Capabilities::current();
    let checked = std::cell::Cell::new(false);
    let check_types = |view: &TypeCheck<'_>| {
        checked.set(true);
        types::check(view, &capabilities)
    };
    let options = CompileOptions {
        max_errors: None,
        check_types: Some(&check_types),
        threads: NonZeroUsize::new(threads).expect("more than none"),
        ..CompileOptions::default()
    };
    let compiled = compile(parsed, &sources, &options);
    if checked.get() {
        return (found(&compiled.diagnostics, &sources), false);
    }
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
    let calls = types::check_calls(&view, &capabilities);
    (found(if calls.is_empty() { &compiled.diagnostics } else { &calls }, &sources), true)
}

fn found(diagnostics: &[Diagnostic], sources: &Sources) -> BTreeMap<String, Vec<Found>> {
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let span = diagnostic.span.expect("a place");
        let source = sources.get(span.source).expect("a source");
        let place = LineIndex::new(source.text()).position(span.start);
        let code = diagnostic.code.as_str().to_owned();
        found.entry(source.name().to_string()).or_default().push((
            place.row as u64,
            place.col as u64,
            code,
            diagnostic.message.clone(),
        ));
    }
    found
}

/// OPA's errors by file.
fn errors_of_opa(
    folder: &Path,
    modules: &[(String, String)],
    group: &[usize],
) -> Option<BTreeMap<String, Vec<Found>>> {
    _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("a folder");
    for at in group {
        std::fs::write(folder.join(file_name(*at)), &modules[*at].1).expect("a file");
    }
    let path = folder.display().to_string();
    let json = opa::run(&["check", "--format=json", "--max-errors=0", &path])?;
    let text = if json.stdout.is_empty() { json.stderr } else { json.stdout };
    let report: Value = serde_json::from_slice(&text).expect("OPA prints JSON");
    let pretty = opa::run(&["check", "--max-errors=0", &path])?;
    let details = details(&String::from_utf8_lossy(&pretty.stderr));
    let errors = report["errors"].as_array().expect("a list of errors");
    assert_eq!(errors.len(), details.len(), "the two forms of OPA's report differ");
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for (error, details) in errors.iter().zip(details) {
        let place = &error["location"];
        let file = Path::new(place["file"].as_str().unwrap_or_default());
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| place[name].as_u64().unwrap_or_default();
        found.entry(name).or_default().push((
            number("row"),
            number("col"),
            text("code"),
            text("message") + &details,
        ));
    }
    Some(found)
}

/// The lines below each error of a report for people, with their line breaks and tabs.
fn details(report: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in report.lines().skip(1) {
        match (line.strip_prefix('\t'), found.last_mut()) {
            (Some(detail), Some(last)) => last.push_str(&format!("\n\t{detail}")),
            _ => found.push(String::new()),
        }
    }
    found
}

fn file_name(at: usize) -> String {
    format!("{at:04}.rego")
}
