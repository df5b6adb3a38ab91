//! What `validate` finds in manifests and alerts of other projects: what is written down, each with a reason, and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run::{repository, run, say};

#[test]
fn the_packs_find_in_files_of_other_projects_what_is_written_down() -> Result<()> {
    let expected = read("findings.json")?;
    let (mut files, mut clean) = (0, 0);
    for module in list(&expected, "/modules")? {
        let Some(folder) = module_folder(text(module, "module")?, text(module, "version")?)? else {
            return Ok(());
        };
        for file in list(module, "/files")? {
            let path = text(file, "path")?;
            let answer = run(&folder, &["validate", "-f", "json", path])?;
            let told: Value =
                serde_json::from_str(&answer.stdout).with_context(|| format!("{path}: {answer:?}"))?;
            let wanted = match file.get("clean") {
                Some(_) => {
                    clean += 1;
                    ensure!(text(file, "clean")?.len() > 10, "{path}: no reason");
                    BTreeMap::new()
                }
                None => written_down(file)?,
            };
            ensure!(told.pointer("/summary/errors") == Some(&0.into()), "{path}: {answer:?}");
            ensure!(told.pointer("/summary/unasked") == Some(&0.into()), "{path}: {answer:?}");
            ensure!(told.pointer("/summary/documents") == file.get("documents"), "{path}: {answer:?}");
            ensure!(found(&told)? == wanted, "{path}: {:#?}, not {wanted:#?}", found(&told)?);
            files += 1;
        }
    }
    ensure!(files > 15 && clean >= 5, "{files} files were checked, {clean} of them without findings");
    Ok(())
}

#[test]
fn packs_of_conftest_find_in_its_examples_what_they_are_meant_to() -> Result<()> {
    let modules = fs_err::read_to_string(place().join("modules.txt"))?;
    let line = modules.lines().find(|line| line.contains("/conftest ")).context("conftest")?;
    let mut words = line.split(' ');
    let (module, version) = (words.next().context("a module")?, words.next().context("a version")?);
    let Some(folder) = module_folder(module, version)? else { return Ok(()) };
    for case in read("packs.json")?.as_array().context("a list")? {
        // This version is from before Rego v1.
        let mut arguments = vec!["validate", "--v0-compatible", "-f", "json", "--pack", text(case, "pack")?];
        let files = list(case, "/files")?;
        arguments.extend(files.iter().filter_map(Value::as_str));
        let answer = run(&folder, &arguments)?;
        let told: Value =
            serde_json::from_str(&answer.stdout).with_context(|| format!("{arguments:?}: {answer:?}"))?;
        let mut found = Vec::new();
        for finding in list(&told, "/findings")? {
            found.push((text(finding, "rule")?.to_owned(), text(finding, "message")?.to_owned()));
        }
        let mut wanted = Vec::new();
        for finding in list(case, "/findings")? {
            let word = |at: usize| finding.get(at).and_then(Value::as_str).context("a text");
            ensure!(word(2)?.len() > 10, "no reason: {finding}");
            wanted.push((word(0)?.to_owned(), word(1)?.to_owned()));
        }
        found.sort();
        wanted.sort();
        ensure!(found == wanted, "{arguments:?}: {found:#?}, not {wanted:#?}");
        ensure!(answer.exit_code.map(i64::from) == case.get("exit").and_then(Value::as_i64), "{answer:?}");
    }
    Ok(())
}

/// Where a module was unpacked; `None` where nobody fetched any.
fn module_folder(module: &str, version: &str) -> Result<Option<PathBuf>> {
    let root = match std::env::var_os("PORTCULLIS_EXAMPLES") {
        Some(root) => PathBuf::from(root),
        None => {
            PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/portcullis-ci/examples")
        }
    };
    let folder = root.join(format!("{module}@{version}"));
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    ensure!(
        std::env::var_os("PORTCULLIS_REQUIRE_EXAMPLES").is_none_or(|value| value != "1"),
        "there is no {}, and PORTCULLIS_REQUIRE_EXAMPLES is set",
        folder.display()
    );
    say(&format!("skipped: there is no {}, which .ci/run fetches", folder.display()))?;
    Ok(None)
}

/// Rules and places that are written down for a file, each with a reason.
fn written_down(file: &Value) -> Result<BTreeMap<String, Vec<String>>> {
    let mut rules = BTreeMap::new();
    for finding in list(file, "/findings")? {
        ensure!(text(finding, "why")?.len() > 10, "no reason: {finding}");
        let places = list(finding, "/places")?.iter().filter_map(Value::as_str).map(ToOwned::to_owned);
        rules.insert(text(finding, "rule")?.to_owned(), places.collect());
    }
    Ok(rules)
}

/// Rules and places of findings: the number of the document and a JSON pointer.
fn found(told: &Value) -> Result<BTreeMap<String, Vec<String>>> {
    let mut places: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for finding in list(told, "/findings")? {
        let document = finding.get("document").and_then(Value::as_u64).context("a document")?;
        let path = text(finding, "path")?.to_owned();
        places.entry(text(finding, "rule")?.to_owned()).or_default().push((document, path));
    }
    let shown = places.into_iter().map(|(rule, mut places)| {
        places.sort();
        (rule, places.into_iter().map(|(document, path)| format!("{document}#{path}")).collect())
    });
    Ok(shown.collect())
}

fn place() -> PathBuf {
    repository().join("cli/tests/real_examples")
}

fn read(name: &str) -> Result<Value> {
    Ok(serde_json::from_slice(&fs_err::read(Path::new(&place()).join(name))?)?)
}

fn list<'v>(value: &'v Value, pointer: &str) -> Result<&'v Vec<Value>> {
    value.pointer(pointer).and_then(Value::as_array).with_context(|| format!("{pointer} is a list"))
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value.get(key).and_then(Value::as_str).with_context(|| format!("{key} is a text: {value}"))
}
