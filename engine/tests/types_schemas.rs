//! Types that JSON Schemas give to documents, against those that `opa check --schema` finds.
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
#[path = "types_support/schemas.rs"]
mod schemas;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis::compile::types::{self, Assumptions, Capabilities, Schemas};
use portcullis::compile::{CompileOptions, TypeCheck, compile};
use portcullis::document;
use portcullis::source::{LineIndex, Source, SourceId, Sources};
use portcullis::syntax::{ParseOptions, parse};
use schemas::Case;
use serde_json::Value;

#[test]
fn schemas_written_by_hand_mean_what_they_mean_to_opa() {
    let compared = compare("by-hand", &schemas::by_hand());
    assert!(compared.is_none_or(|errors| errors > 300), "only {compared:?} errors");
}

#[test]
fn schemas_made_at_random_mean_what_they_mean_to_opa() {
    let compared = compare("random", &schemas::at_random(600));
    assert!(compared.is_none_or(|errors| errors > 2000), "only {compared:?} errors");
}

#[test]
fn a_wrong_schema_of_the_input_is_the_only_error() {
    let mut schemas = Schemas::default();
    schemas.insert(&[], value(r#"{"type": "frob"}"#));
    let capabilities = Capabilities::current();
    let assumptions = Assumptions { capabilities: &capabilities, schemas: Some(&schemas) };
    let error = assumptions.check_input().expect_err("it is wrong");
    assert_eq!((error.code.as_str(), error.span), ("rego_type_error", None));
    schemas.insert(&[], value("null"));
    let assumptions = Assumptions { capabilities: &capabilities, schemas: Some(&schemas) };
    assert_eq!(assumptions.check_input(), Ok(()));
}

#[test]
fn schemas_that_opa_does_not_survive_are_read_or_refused() {
    for (case, said) in schemas::fatal_to_opa() {
        let errors = our_errors(std::slice::from_ref(&case)).remove(&file_name(0)).unwrap_or_default();
        for text in said {
            assert!(errors.iter().any(|error| error.3.contains(&text)), "{}: {text}: {errors:#?}", case.note);
        }
    }
}

/// How many errors OPA and we agree on; none without OPA.
fn compare(name: &str, cases: &[Case]) -> Option<usize> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("types-schemas").join(name);
    let theirs = errors_of_opa(&folder, cases)?;
    let ours = our_errors(cases);
    let mut compared = 0;
    let mut differing: Vec<(usize, String)> = Vec::new();
    let of = |all: &BTreeMap<String, Vec<Found>>, at| all.get(&file_name(at)).cloned().unwrap_or_default();
    let all_ours = ours;
    for (at, case) in cases.iter().enumerate() {
        let (ours, theirs) = (of(&all_ours, at), of(&theirs, at));
        compared += theirs.len();
        if !same(&ours, &theirs) {
            let difference = format!(
                "== {}\n{}\n{}\n  ours   {}\n  theirs {}",
                case.note,
                module(at, case),
                serde_json::to_string(&case.schemas).expect("JSON"),
                only(&ours, &theirs),
                only(&theirs, &ours),
            );
            differing.push((at, difference));
        }
    }
    // Which of two types that are parts of each other OPA writes inside of the other changes from run to run.
    for _ in 0..ATTEMPTS {
        if differing.is_empty() {
            break;
        }
        let again = errors_of_opa(&folder, cases)?;
        differing.retain(|(at, _)| !same(&of(&all_ours, *at), &of(&again, *at)));
    }
    println!("{} cases, {compared} errors compared", cases.len());
    let few: Vec<_> = differing.iter().take(10).map(|(_, difference)| difference.as_str()).collect();
    assert!(differing.is_empty(), "{} cases differ:\n{}", differing.len(), few.join("\n"));
    Some(compared)
}

/// How often OPA is asked again about what differs.
const ATTEMPTS: usize = 8;

/// Row, column, code, message, and the lines below it.
type Found = (u64, u64, String, String);

fn only(list: &[Found], other: &[Found]) -> String {
    let errors = list.iter().filter(|error| !other.contains(error)).map(|error| format!("{error:?}"));
    errors.take(3).collect::<Vec<_>>().join("\n         ")
}

/// OPA names a schema that it can't merge by its place in memory, may leave out why, and of several it takes any.
fn same(ours: &[Found], theirs: &[Found]) -> bool {
    const NO_MERGE: &str = "type checking: unable to merge these schemas";
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| {
            let place = |found: &Found| (found.0, found.1, found.2.clone());
            let unspeakable = theirs.3.starts_with("type checking: unexpected schema type &{");
            ours == theirs || unspeakable && place(ours) == place(theirs) && ours.3.starts_with(NO_MERGE)
        })
}

fn our_errors(cases: &[Case]) -> BTreeMap<String, Vec<Found>> {
    let mut sources = Sources::new();
    let mut parsed = Vec::new();
    let mut schemas = Schemas::default();
    for (at, case) in cases.iter().enumerate() {
        let text = module(at, case);
        let source = sources.add(Source::new(file_name(at), text.as_str()));
        let module = parse(source, &text, &ParseOptions::default());
        assert!(module.diagnostics.is_empty(), "{}: {:?}", case.note, module.diagnostics);
        parsed.push(module.module);
        for (name, schema) in &case.schemas {
            schemas.insert(&[&format!("s{at}"), name], value(&schema.to_string()));
        }
    }
    let capabilities = Capabilities::current();
    let assumptions = Assumptions { capabilities: &capabilities, schemas: Some(&schemas) };
    let check_types = |view: &TypeCheck<'_>| types::check(view, assumptions);
    let options =
        CompileOptions { max_errors: None, check_types: Some(&check_types), ..CompileOptions::default() };
    let compiled = compile(parsed, &sources, &options);
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for diagnostic in &compiled.diagnostics {
        let span = diagnostic.span.expect("a place");
        let source = sources.get(span.source).expect("a source");
        let place = LineIndex::new(source.text()).position(span.start);
        let code = diagnostic.code.as_str().to_owned();
        let entry = (place.row as u64, place.col as u64, code, diagnostic.message.clone());
        found.entry(source.name().to_string()).or_default().push(entry);
    }
    found
}

/// OPA's errors by file.
fn errors_of_opa(folder: &Path, cases: &[Case]) -> Option<BTreeMap<String, Vec<Found>>> {
    _ = std::fs::remove_dir_all(folder);
    let (modules, schemas) = (folder.join("modules"), folder.join("schemas"));
    std::fs::create_dir_all(&modules).expect("a folder");
    for (at, case) in cases.iter().enumerate() {
        std::fs::write(modules.join(file_name(at)), module(at, case)).expect("a file");
        let folder = schemas.join(format!("s{at}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, schema) in &case.schemas {
            std::fs::write(folder.join(format!("{name}.json")), schema.to_string()).expect("a file");
        }
    }
    let (modules, schemas) = (modules.display().to_string(), schemas.display().to_string());
    let arguments = ["check", "--max-errors=0", "--schema", &schemas, &modules];
    let json = opa::run(&[arguments.as_slice(), &["--format=json"]].concat())?;
    let text = if json.stdout.is_empty() { json.stderr } else { json.stdout };
    let report: Value = serde_json::from_slice(&text).expect("OPA prints JSON");
    let pretty = opa::run(&arguments)?;
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

/// The module of a case: in a package of its own, with schemas of its own.
fn module(at: usize, case: &Case) -> String {
    case.modules.replace("PACKAGE", &format!("t{at}")).replace("SCHEMAS", &format!("s{at}"))
}

fn file_name(at: usize) -> String {
    format!("{at:04}.rego")
}

fn value(json: &str) -> portcullis::value::Value {
    document::json(SourceId::default(), json).expect("JSON").to_value()
}
