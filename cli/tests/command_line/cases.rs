//! Each case file and its reviewed transcript.

use std::collections::BTreeSet;
use std::panic;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use insta::Settings;

use crate::case::Case;
use crate::run::repository;

#[test]
fn every_case_ends_as_its_snapshot_says() -> Result<()> {
    let cases = Case::read_all(&repository().join("testcases/cli"))?;
    ensure!(!cases.is_empty(), "there are no cases in testcases/cli");
    let mut failed = Vec::new();
    for case in &cases {
        let transcript = case.transcript()?;
        // One snapshot that differs must not hide the others.
        if panic::catch_unwind(|| compare(&case.name, &transcript)).is_err() {
            failed.push(case.name.as_str());
        }
    }
    ensure!(failed.is_empty(), "{} of {} cases differ: {}", failed.len(), cases.len(), failed.join(", "));
    Ok(())
}

#[test]
fn every_snapshot_belongs_to_a_case() -> Result<()> {
    let cases: BTreeSet<String> = Case::read_all(&repository().join("testcases/cli"))?
        .into_iter()
        .map(|case| format!("{}.snap", case.name))
        .collect();
    let mut snapshots = BTreeSet::new();
    for entry in walkdir::WalkDir::new(snapshots_of_cases()) {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "snap") {
            let name = entry.path().strip_prefix(snapshots_of_cases())?.to_string_lossy().into_owned();
            snapshots.insert(name);
        }
    }
    let left: Vec<&String> = snapshots.difference(&cases).collect();
    ensure!(left.is_empty(), "snapshots without a case in testcases/cli: {left:?}");
    Ok(())
}

fn compare(name: &str, transcript: &str) {
    let (folder, name) = name.split_once('/').unwrap_or(("", name));
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(snapshots_of_cases().join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, transcript));
}

fn snapshots_of_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}
