//! Loads the trees of `testcases/load/cases.json`, and checks that OPA still answers what is recorded there.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use portcullis::bundle::package;
use portcullis::document::{self, Outline, mounted};
use portcullis::source::{SourceId, Sources};
use portcullis::value::{Object, Value};
use serde_json::Value as Json;

use super::{archive, reads_as_module};
use crate::load::{IgnorePattern, Limits, LoadFailure, LoadMode, LoadOptions, Loaded, TestData, Trust, Walk};

#[test]
fn trees_are_loaded_as_opa_loads_them() {
    let opa = opa();
    let mut failures = Vec::new();
    for case in cases() {
        let tree = tempfile::tempdir().unwrap();
        build(tree.path(), &case);
        let answer = ours(tree.path(), &case);
        let expected = recorded(&case);
        if let Some(packed) = packed(tree.path(), &case)
            && packed != answer
        {
            failures.push(format!("{}\n  evaluated {answer:?}\n  packed    {packed:?}", case["note"]));
        }
        if answer != expected {
            failures.push(format!("{}\n  expected {expected:?}\n  found    {answer:?}", case["note"]));
        }
        if opa && case.get("differs").is_none() {
            let answer = of_opa(tree.path(), &case);
            if answer != expected {
                failures.push(format!("{}\n  recorded {expected:?}\n  OPA says {answer:?}", case["note"]));
            }
        }
    }
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Loaded { data: String, modules: Vec<String> },
    Failed(String),
}

fn cases() -> Vec<Json> {
    let text = include_str!("../../../../testcases/load/cases.jsonc");
    serde_json::from_str(text).unwrap()
}

/// The texts of the data in the cases, whose numbers serde would change.
fn recorded(case: &Json) -> Answer {
    if let Some(error) = case.get("error") {
        return Answer::Failed(error.as_str().unwrap().to_owned());
    }
    let text = include_str!("../../../../testcases/load/cases.jsonc");
    let id = Sources::new().add(portcullis::source::Source::new("cases.jsonc", text));
    let all = document::json(id, text).unwrap().to_value();
    let note = Value::from(case["note"].as_str().unwrap());
    let same_note = |other: &&Value| other.lookup(&["note"]) == Some(&note);
    let recorded = all.as_array().unwrap().iter().find(same_note).unwrap().lookup(&["data"]).unwrap();
    Answer::Loaded { data: recorded.to_json(), modules: strings(case, "modules") }
}

fn ours(root: &Path, case: &Json) -> Answer {
    answer(root, Walk::new(options(root, case)).load(&[], &reads_as_module))
}

fn options(root: &Path, case: &Json) -> LoadOptions {
    let place = |argument: &String| match argument.split_once(':') {
        _ if argument.contains("://") || argument.starts_with("//") || argument.starts_with(':') => {
            argument.clone()
        }
        Some((mount, path)) if case.get("bundle").is_none() => format!("{mount}:{}/{path}", root.display()),
        _ if argument.is_empty() => String::new(),
        _ => format!("{}/{argument}", root.display()),
    };
    LoadOptions {
        paths: strings(case, "arguments").iter().map(place).collect(),
        ignore: strings(case, "ignore")
            .iter()
            .map(|pattern| IgnorePattern::parse(pattern).unwrap())
            .collect(),
        mode: if case.get("bundle").is_some() { LoadMode::Bundles } else { LoadMode::Files },
        beside_bundles: Vec::new(),
        limits: Limits::default(),
        testdata: TestData::Skip,
        trust: Trust::Anyone,
    }
}

/// What is packed of a tree: its data are no values then. Nothing of bundles, which are not put over each other.
fn packed(root: &Path, case: &Json) -> Option<Answer> {
    let loaded = Walk::new(options(root, case)).load_files::<Outline>(&[], &reads_as_module);
    let as_values = |loaded: Loaded<Outline>| {
        let Loaded { modules, versions, data, warnings } = loaded;
        let data = document::json_value(SourceId::default(), &data.into_json()).unwrap();
        Loaded { modules, versions, data: data.as_object().unwrap().clone(), warnings }
    };
    case.get("bundle").is_none().then(|| answer(root, loaded.map(as_values)))
}

fn answer(root: &Path, loaded: Result<Loaded, LoadFailure>) -> Answer {
    let relative =
        |text: &str| text.replace(&format!("{}/", root.display()), "").replace(root.to_str().unwrap(), ".");
    match loaded {
        Ok(Loaded { data, modules, .. }) => {
            let mut data = data;
            data.remove(&Value::from("system"));
            for (_, module) in modules.iter() {
                if let Value::Object(package) =
                    mounted(&package(module.text()).unwrap(), Value::Object(Object::new()))
                {
                    data = data.merge(package).unwrap();
                }
            }
            let mut names: Vec<String> = modules.iter().map(|(_, module)| relative(module.name())).collect();
            names.sort();
            Answer::Loaded { data: Value::Object(data).to_json(), modules: names }
        }
        Err(mut failure) => {
            // OPA names no place in documents.
            for error in &mut failure.errors {
                let Some(fault) = &error.fault else { continue };
                let source = fault.sources.iter().next().unwrap().1;
                let at = portcullis::source::LineIndex::new(source.text())
                    .position(fault.diagnostic.span.unwrap().start);
                error.message = error.message.replace(&format!(":{}:{}: ", at.row, at.col), ": ");
            }
            Answer::Failed(relative(&failure.to_string()))
        }
    }
}

fn of_opa(root: &Path, case: &Json) -> Answer {
    let bundle = case.get("bundle").is_some();
    let ignore = strings(case, "ignore").into_iter().flat_map(|pattern| ["--ignore".to_owned(), pattern]);
    let ignore: Vec<String> = ignore.collect();
    let run = |command: &mut Command| command.current_dir(root).args(&ignore).output().unwrap();

    let mut command = Command::new("opa");
    command.args(["test", "-f", "json"]).args(bundle.then_some("-b")).args(strings(case, "arguments"));
    let tested = run(&mut command);
    if tested.status.code() == Some(1) {
        return Answer::Failed(String::from_utf8(tested.stderr).unwrap().trim_end_matches('\n').to_owned());
    }
    let results: Json = serde_json::from_slice(&tested.stdout).unwrap();
    let results = results.as_array().unwrap().iter();
    let mut modules: Vec<String> =
        results.map(|result| result["location"]["file"].as_str().unwrap().to_owned()).collect();
    modules.sort();
    modules.dedup();

    let mut command = Command::new("opa");
    command.args(["eval", "-f", "raw", "data"]);
    for argument in strings(case, "arguments") {
        command.args([if bundle { "-b" } else { "-d" }, &argument]);
    }
    let text = String::from_utf8(run(&mut command).stdout).unwrap();
    let id = Sources::new().add(portcullis::source::Source::new("answer", text.as_str()));
    let data = document::json(id, &text).unwrap().to_value();
    Answer::Loaded { data: data.to_json(), modules }
}

/// Whether the real OPA can be asked.
fn opa() -> bool {
    let version = Command::new("opa").arg("version").output();
    let there = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("1.22.2"));
    if !there {
        let required = std::env::var_os("PORTCULLIS_REQUIRE_OPA").is_some_and(|value| value == "1");
        assert!(!required, "OPA 1.22.2 is required and not on PATH");
        // Past the capture of the test harness, so that it is seen.
        let _ =
            writeln!(std::io::stderr(), "skipped: the comparison with OPA, since OPA 1.22.2 is not on PATH");
    }
    there
}

fn strings(case: &Json, field: &str) -> Vec<String> {
    let list = case.get(field).and_then(Json::as_array);
    list.into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn build(root: &Path, case: &Json) {
    for (path, content) in case["files"].as_object().unwrap() {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(text) = content.as_str() {
            fs_err::write(path, text).unwrap();
        } else if let Some(target) = content.get("link") {
            fs_err::os::unix::fs::symlink(target.as_str().unwrap(), path).unwrap();
        } else if let Some(hex) = content.get("hex") {
            let digits = hex.as_str().unwrap().as_bytes().chunks(2);
            let bytes =
                digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
            fs_err::write(path, bytes.collect::<Vec<_>>()).unwrap();
        } else if let Some(members) = content.get("tar") {
            let members: Vec<(&str, &str)> = members
                .as_array()
                .unwrap()
                .iter()
                .map(|member| (member[0].as_str().unwrap(), member[1].as_str().unwrap()))
                .collect();
            fs_err::write(path, archive(&members)).unwrap();
        } else {
            fs_err::create_dir_all(path).unwrap();
        }
    }
}
