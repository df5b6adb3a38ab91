//! OPA's conformance cases and hand-made ones with OPA's answers, with shortcuts and without.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portcullis::document;
use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::frontend;
use portcullis::host::SealedHost;
use portcullis::policy::{CompileUnit, Engine, Limits, Modules, Outcome, Query, Request};
use portcullis::reference::ReferenceEngine;
use portcullis::source::{Source, SourceId, Sources};
use portcullis::stack;
use portcullis::value::{Array, Object, Value};

#[test]
fn answers_are_those_of_opa() {
    every_case_is_right(Which::Native);
}

#[test]
fn answers_are_those_of_opa_without_shortcuts() {
    every_case_is_right(Which::Unoptimised);
}

/// The page on what other engines answer says how many cases the reference engine gets right.
#[test]
fn the_reference_engine_is_right_as_often_as_documented() {
    let Some((passed, wrong)) = every_case(Which::Reference) else { return };
    let sentence = format!("right in {passed} of {} cases", passed + wrong.len());
    let page = include_str!("../../../docs/portability.md");
    assert!(page.contains(&sentence), "docs/portability.md does not say `{sentence}`");
}

/// An engine to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Native,
    Unoptimised,
    Reference,
}

impl Which {
    pub(crate) fn engine(self, strict_builtin_errors: bool) -> Box<dyn Engine> {
        let native = |optimise| {
            let options = EngineOptions { strict_builtin_errors, optimise, ..EngineOptions::default() };
            NativeEngine::new(Arc::new(SealedHost { now: NOW, seed: 1 })).with_options(options)
        };
        match self {
            Self::Native => Box::new(native(true)),
            Self::Unoptimised => Box::new(native(false)),
            Self::Reference => Box::new(ReferenceEngine),
        }
    }
}

fn every_case_is_right(which: Which) {
    let Some((passed, wrong)) = every_case(which) else { return };
    assert!(wrong.is_empty(), "{passed} right, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(passed >= 1800, "only {passed} cases");
}

/// How many cases an engine gets right, and what is wrong with the others. None if there are no cases to be had.
fn every_case(which: Which) -> Option<(usize, Vec<String>)> {
    let folder = shared("conformance")?;
    let mut files: Vec<PathBuf> = ["opa", "edge"]
        .iter()
        .flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let skipped = skip_list();
    let mut used = vec![false; skipped.len()];
    let mut passed = 0;
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let cases = document::json(SourceId::default(), &text).expect("JSON").to_value();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for case in field(&cases, "cases").as_array().unwrap() {
            let note = format!("{name}: {}", field(case, "note").as_str().unwrap());
            if let Some(index) = skipped.iter().position(|(skip, _)| *skip == note) {
                used[index] = true;
                continue;
            }
            let case = case.clone();
            match stack::run(move || judge(&case, which)) {
                Ok(Ok(())) => passed += 1,
                Ok(Err(difference)) => wrong.push(format!("{note}\n    {difference}")),
                Err(_) => wrong.push(format!("{note}\n    panicked")),
            }
        }
    }
    let unused: Vec<_> =
        skipped.iter().zip(used).filter(|(_, used)| !used).map(|((note, _), _)| note).collect();
    assert!(unused.is_empty(), "skipped cases that are not there: {unused:?}");
    Some((passed, wrong))
}

/// When the cases are evaluated: some certificates and tokens in them are valid then.
const NOW: i64 = 1_780_000_000_000_000_000;

/// Notes of cases that are not compared, each with its reason.
fn skip_list() -> Vec<(String, String)> {
    let text = include_str!("skipped.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (note, reason) = line.split_once(" -- ").expect("a note and a reason");
            (note.to_owned(), reason.to_owned())
        })
        .collect()
}

fn judge(case: &Value, which: Which) -> Result<(), String> {
    let outcome = run(case, which)?;
    let want_code = field(case, "want_error_code").as_str();
    let want_message = field(case, "want_error").as_str().map(newer_words);
    match outcome {
        Got::Error { code, message } => {
            if want_code.is_none() && want_message.is_none() {
                return Err(format!("got {code}: {message}"));
            }
            let code_fits = want_code.is_none_or(|want| want == code);
            let words_fit = want_message
                .is_none_or(|want| message.contains(want) || format!("{code}: {message}").contains(want));
            if code_fits && words_fit {
                Ok(())
            } else {
                Err(format!("got {code}: {message}\n    want {want_code:?}: {want_message:?}"))
            }
        }
        Got::Rows(rows) => {
            let Some(want) = field(case, "want_result").as_array() else {
                return Err(format!("got {} rows, want {want_code:?}: {want_message:?}", rows.len()));
            };
            let sorts = field(case, "sort_bindings").as_bool() == Some(true);
            let mut want: Vec<Value> = want.iter().map(|row| normal(row, sorts)).collect();
            let mut rows: Vec<Value> = rows.iter().map(|row| normal(row, sorts)).collect();
            if field(case, "ignore_generated_vars").as_bool() == Some(true) {
                rows.iter_mut().for_each(drop_generated);
                want.iter_mut().for_each(drop_generated);
            }
            want.sort();
            rows.sort();
            let text = |rows: &[Value]| Value::Array(rows.iter().cloned().collect::<Array>()).to_json();
            // The cases were written as JSON by a program that writes 3.0 as 3.
            if rows == want { Ok(()) } else { Err(format!("got  {}\n    want {}", text(&rows), text(&want))) }
        }
    }
}

/// The words that OPA 1.22.2 has for a message, where it changed them since the cases were written.
fn newer_words(message: &str) -> &str {
    let newer = [
        ("complete rules must not produce multiple outputs", "produced conflicting values"),
        (
            "functions must not produce multiple outputs for same inputs",
            "produced conflicting values for the same inputs",
        ),
        (
            "rule data.t.p.a conflicts with [data.t.p.a.b]",
            "rule data.t.p.a conflicts with:\n  rule data.t.p.a.b at ",
        ),
        (
            "unexpected identifier token: expected var",
            "unexpected import alias, must not be a reserved name, got: input",
        ),
    ];
    newer.iter().find(|(old, _)| *old == message).map_or(message, |(_, new)| new)
}

enum Got {
    Rows(Vec<Value>),
    Error { code: String, message: String },
}

fn run(case: &Value, which: Which) -> Result<Got, String> {
    let mut sources = Sources::new();
    for (index, module) in field(case, "modules").as_array().into_iter().flatten().enumerate() {
        sources.add(Source::new(format!("test-{index}.rego"), module.as_str().unwrap()));
    }
    let data = match field(case, "data") {
        Value::Null => Value::Object(Object::new()),
        data => data.clone(),
    };
    let input = match (field(case, "input"), field(case, "input_term").as_str()) {
        (_, Some(term)) => Some(term_value(term)),
        (Value::Null, None) if !has(case, "input") => None,
        (input, None) => Some(input.clone()),
    };
    let strict = field(case, "strict_error").as_bool() == Some(true);
    let query = field(case, "query").as_str().unwrap();
    Ok(answer(&*which.engine(strict), &sources, &data, input.as_ref(), query))
}

fn answer(engine: &dyn Engine, sources: &Sources, data: &Value, input: Option<&Value>, query: &str) -> Got {
    let modules = frontend::parse(&Modules { sources, versions: &[] }, NonZeroUsize::MIN, None);
    let prepared = modules
        .and_then(|modules| {
            engine.compile(&CompileUnit { modules: &modules, data, renames: &[], cases: &[] })
        })
        .and_then(|policy| policy.prepare(&Query::Text(query.into())));
    let mut prepared = match prepared {
        Ok(prepared) => prepared,
        Err(errors) => {
            let error = errors.first().expect("an error");
            return Got::Error { code: error.code.as_str().to_owned(), message: error.message.clone() };
        }
    };
    let limits = Limits { time: Some(Duration::from_secs(20)), ..Limits::default() };
    match prepared.evaluate(&Request { input, limits, ..Request::default() }).outcome {
        Outcome::Undefined => Got::Rows(Vec::new()),
        Outcome::Error(error) => {
            let code = error.code.to_string();
            let place = error.location.map(|place| format!("{}:{}: {code}: ", place.file, place.row));
            Got::Error { code, message: format!("{}{}", place.unwrap_or_default(), error.message) }
        }
        Outcome::Defined(rows) => Got::Rows(
            rows.into_iter()
                .map(|row| {
                    let bindings = row.bindings.into_iter().map(|(name, value)| (Value::String(name), value));
                    Value::Object(bindings.collect())
                })
                .collect(),
        ),
    }
}

/// The value of a term in Rego, as the engine computes it.
fn term_value(term: &str) -> Value {
    let engine = Which::Native.engine(false);
    let data = Value::Object(Object::new());
    let got = answer(&*engine, &Sources::new(), &data, None, &format!("x = {term}"));
    match got {
        Got::Rows(rows) => field(rows.first().expect("a row"), "x").clone(),
        Got::Error { message, .. } => panic!("{term}: {message}"),
    }
}

/// Sets as sorted arrays, and arrays sorted if their order is left open.
fn normal(value: &Value, sorts: bool) -> Value {
    match value {
        Value::Set(set) => {
            let mut items: Vec<Value> = set.iter().map(|value| normal(value, sorts)).collect();
            items.sort();
            Value::Array(items.into())
        }
        Value::Array(array) => {
            let mut items: Vec<Value> = array.iter().map(|value| normal(value, sorts)).collect();
            if sorts {
                items.sort();
            }
            Value::Array(items.into())
        }
        Value::Object(object) => {
            let json_key = |key: &Value| match key {
                Value::String(_) => key.clone(),
                other => Value::string(other.to_json()),
            };
            Value::Object(object.iter().map(|(key, value)| (json_key(key), normal(value, sorts))).collect())
        }
        other => other.clone(),
    }
}

fn drop_generated(row: &mut Value) {
    if let Value::Object(object) = row {
        let keep =
            object.iter().filter(|(key, _)| !key.as_str().is_some_and(|name| name.contains("__local")));
        *row = Value::Object(keep.map(|(key, value)| (key.clone(), value.clone())).collect());
    }
}

fn has(case: &Value, name: &str) -> bool {
    case.as_object().is_some_and(|case| case.get_str(name).is_some())
}

fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.as_object().and_then(|object| object.get_str(name)).unwrap_or(&Value::Null)
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
