//! Compares the document of `inspect` with that of OPA, live, on the policies and bundles here and on sets of modules from the
//! conformance cases.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::eval_comparison::REQUIRE_OPA;
use crate::opa_commands::without_more;
use crate::run::{command, exists, finish, portcullis, repository, say};

#[test]
fn policies_and_bundles_are_inspected_as_by_opa() -> Result<()> {
    if !opa_is_there()? {
        return Ok(());
    }
    let mut paths = Vec::new();
    for folder in ["policies", "bundles/good"] {
        for entry in fs_err::read_dir(repository().join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() || name.ends_with(".tar.gz") {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.sort();
    ensure!(paths.len() >= 6, "only {} bundles were found", paths.len());
    for path in paths {
        compare(&repository(), &["-a", "-f", "json", &path])?;
    }
    Ok(())
}

#[test]
fn sets_of_modules_are_inspected_as_by_opa() -> Result<()> {
    let Some(cases) = conformance_cases()? else { return Ok(()) };
    if !opa_is_there()? {
        return Ok(());
    }
    let mut sets = Vec::new();
    for file in cases {
        let document: serde_json::Value = serde_json::from_slice(&fs_err::read(&file)?)?;
        let cases = document.get("cases").and_then(serde_json::Value::as_array).context("a list of cases")?;
        let modules = cases.iter().filter_map(|case| case.get("modules")?.as_array());
        sets.extend(modules.filter(|modules| !modules.is_empty()).cloned());
    }
    // Cases of one subject stand beside each other, so a few of each are taken.
    let chosen: Vec<_> = sets.into_iter().step_by(STEP).collect();
    ensure!(chosen.len() > 150, "only {} sets were found", chosen.len());
    for modules in chosen {
        let folder = tempfile::tempdir()?;
        fs_err::create_dir(folder.path().join("bundle"))?;
        for (number, module) in modules.iter().enumerate() {
            let path = folder.path().join(format!("bundle/{number}.rego"));
            fs_err::write(path, module.as_str().context("a module is a string")?)?;
        }
        compare(folder.path(), &["-a", "-f", "json", "bundle"])?;
        compare(folder.path(), &["--v0-compatible", "-a", "-f", "json", "bundle"])?;
    }
    Ok(())
}

fn compare(folder: &Path, arguments: &[&str]) -> Result<()> {
    let ask = |program: &Path| finish(command(program, folder).arg("inspect").args(arguments), b"");
    let (opa, ours) = (ask(Path::new("opa"))?, ask(&portcullis())?);
    ensure!(opa.exit_code == ours.exit_code, "{arguments:?}:\nOPA: {opa:?}\nours: {ours:?}");
    // Of what is wrong OPA makes no document.
    if opa.exit_code == Some(0) {
        let ours = without_more(&opa, ours);
        ensure!(opa.stdout == ours.stdout, "{arguments:?}:\nOPA:\n{}\nours:\n{}", opa.stdout, ours.stdout);
    }
    Ok(())
}

fn opa_is_there() -> Result<bool> {
    if exists("opa") {
        return Ok(true);
    }
    let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
    ensure!(!required, "there is no `opa` on the path, and {REQUIRE_OPA} is set");
    say("skipped: there is no `opa` on the path to compare with")?;
    Ok(false)
}

/// The files of the conformance cases, sorted.
fn conformance_cases() -> Result<Option<Vec<PathBuf>>> {
    let folder = repository().join("../shared/conformance/opa");
    if !folder.exists() {
        let required = std::env::var_os("PORTCULLIS_REQUIRE_SHARED").is_some_and(|value| value == "1");
        ensure!(!required, "the conformance cases are missing: {}", folder.display());
        say("skipped: there are no conformance cases to inspect")?;
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(Some(files))
}

/// Of so many sets of modules, one is compared.
const STEP: usize = 9;
