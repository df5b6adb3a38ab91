//! The files of `engine/testcases/check`: what each rule finds in them, as reviewed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use portcullis::check::{RULES, Settings};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

use crate::linted::{annotated, findings};

#[test]
fn each_case_has_the_reviewed_findings() {
    for case in cases() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(case.path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let shown = annotated("policy.rego", &case.text, &case.data);
        settings.bind(|| insta::assert_snapshot!(case.name.clone(), shown));
    }
}

#[test]
fn a_bad_case_has_findings_of_its_rule_and_a_good_one_has_none_of_any() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (found, _) = findings(&[("policy.rego", &case.text)], &case.data, &Settings::default());
        let rules: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
        let fine = if case.bad { rules.contains(&&*case.rule) } else { rules.is_empty() };
        if !fine {
            wrong.push(format!("{}/{}: {found:#?}", case.rule, case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_cases_and_every_folder_a_rule() {
    let root = root();
    let folders: BTreeSet<String> = entries(&root)
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(folders, rules);
    for rule in rules {
        for kind in ["bad", "good"] {
            let files = entries(&root.join(&rule).join(kind));
            let cases =
                files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rego"));
            assert!(cases.count() > 0, "`{rule}` has no {kind} case");
            for file in &files {
                let owner = file.with_extension("").with_extension("rego");
                assert!(owner.is_file(), "{}: belongs to no case", file.display());
            }
        }
    }
}

struct Case {
    rule: String,
    bad: bool,
    name: String,
    path: PathBuf,
    text: String,
    data: Value,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in RULES {
        for (kind, bad) in [("bad", true), ("good", false)] {
            for path in entries(&root().join(rule.id).join(kind)) {
                if path.extension().is_some_and(|extension| extension == "rego") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                    let data = data(&path.with_extension("data.json"));
                    cases.push(Case { rule: rule.id.to_owned(), bad, name, path, text, data });
                }
            }
        }
    }
    assert!(cases.len() >= 2 * RULES.len(), "only {} cases", cases.len());
    cases
}

/// The data that is loaded with a case.
fn data(path: &Path) -> Value {
    match std::fs::read_to_string(path) {
        Ok(text) => document::json(SourceId::default(), &text).unwrap().to_value(),
        Err(_) => Value::Object(Object::new()),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/check")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(list) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    paths.sort();
    paths
}
