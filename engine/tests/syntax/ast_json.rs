//! The tree in OPA's JSON, compared with the real one's: all of it, places and texts included.

use std::path::Path;
use std::process::Command;

use portcullis::source::SourceId;
use portcullis::syntax::{ParseOptions, ast_json, parse};
use serde_json::Value;

use crate::generate::{Dialect, Random};
use crate::opa::Folder;
use crate::{corpus, generate, opa, shape};

#[test]
fn trees_are_shown_as_opa_shows_them() {
    if !opa::available() {
        return;
    }
    let modules = modules();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ast-json.json");
    let data = serde_json::json!({ "modules": modules });
    std::fs::write(&path, data.to_string()).expect("the file can be written");
    let query = "{i: rego.parse_module(\"a.rego\", m) | some i, m in data.modules}";
    let output = Command::new("opa").args(["eval", "-f", "json", "-d"]).arg(&path).arg(query).output();
    let report: Value = serde_json::from_slice(&output.expect("opa runs").stdout).expect("opa prints JSON");
    let trees = &report["result"][0]["expressions"][0]["value"];
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (number, module) in modules.iter().enumerate() {
        let theirs = trees.get(number.to_string());
        let ours = shown(module, false);
        compared += usize::from(theirs.is_some());
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                wrong.extend(
                    shape::difference(&ours, theirs, "module").map(|difference| (difference, module)),
                );
            }
            (None, None) => {}
            (ours, _) => wrong.push((format!("accepted by us: {}", ours.is_some()), module)),
        }
    }
    assert!(compared > 300, "{compared} modules");
    report_wrong(&wrong);
}

#[test]
fn trees_with_places_are_shown_as_opa_shows_them() {
    if !opa::available() {
        return;
    }
    let modules = modules();
    let step = (modules.len() / PLACED).max(1);
    let modules: Vec<String> = modules.into_iter().step_by(step).collect();
    let folder = Folder::new("ast-json", &modules, false);
    let mut wrong = Vec::new();
    for (number, module) in modules.iter().enumerate() {
        let Some(mut theirs) = folder.tree(number) else { continue };
        forget_files(&mut theirs);
        let Some(ours) = shown(module, true) else { continue };
        wrong.extend(shape::difference(&ours, &theirs, "module").map(|difference| (difference, module)));
    }
    report_wrong(&wrong);
}

fn report_wrong(wrong: &[(String, &String)]) {
    let shown: Vec<_> =
        wrong.iter().take(8).map(|(difference, module)| format!("{difference}\nin\n{module}")).collect();
    assert!(wrong.is_empty(), "{} differ, among them:\n{}", wrong.len(), shown.join("\n"));
}

fn shown(module: &str, places: bool) -> Option<Value> {
    let options = ParseOptions { annotations: places, ..ParseOptions::default() };
    let parsed = parse(SourceId::default(), module, &options);
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let options = ast_json::Options {
        file: "a.rego",
        text: module,
        locations: places,
        comments: true,
        annotations: places,
    };
    serde_json::from_str(&ast_json::module(&parsed.module, &options).ok()?.to_json()).ok()
}

fn forget_files(tree: &mut Value) {
    match tree {
        Value::Array(list) => list.iter_mut().for_each(forget_files),
        Value::Object(map) => {
            if map.contains_key("row") && map.contains_key("file") {
                map.insert("file".into(), "a.rego".into());
            }
            map.values_mut().for_each(forget_files);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The modules of the conformance cases, and generated ones.
fn modules() -> Vec<String> {
    let mut random = Random::new(20_261_126);
    let dialects = [Dialect::V1, Dialect::Logical];
    let mut modules: Vec<String> =
        (0..GENERATED).map(|number| generate::module(&mut random, dialects[number % 2])).collect();
    let cases = corpus::cases().unwrap_or_default();
    modules.extend(cases.into_iter().flat_map(|case| case.modules));
    modules
}

const GENERATED: usize = 400;

/// How many trees are compared with places, for which OPA runs once each.
const PLACED: usize = 150;
