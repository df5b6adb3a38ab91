//! Versions of a policy in a real git repository: `portcullis diff`, and `--baseline` of the commands that test.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::changed::git;
use crate::run::{exists, run, say};

const OLD: &str = "package p\n\ndefault allow := false\n\nallow if input.role == \"admin\"\n";
const NEW: &str = "package p\n\ndefault allow := false\n\nallow if input.role in {\"admin\", \"clerk\"}\n";
const TEST: &str =
    "package p_test\n\nimport data.p\n\ntest_admins if p.allow with input as {\"role\": \"admin\"}\n";

#[test]
fn versions_are_directories_and_revisions() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let newly = "example  data.p_test.test_admins with input.role := \"clerk\"";
    for (at, arguments, code, said) in [
        (".", vec!["--baseline", "HEAD", "policies"], 1, newly),
        (".", vec!["git:HEAD", "policies"], 1, newly),
        (".", vec!["HEAD:policies", "policies"], 1, newly),
        (".", vec!["git:HEAD:policies", "policies"], 1, newly),
        (".", vec!["policies", "git:HEAD"], 0, "1 newly-denied"),
        (".", vec!["git:HEAD:policies", "git:HEAD"], 0, "identical"),
        (".", vec!["--baseline", "HEAD", "policies/p.rego"], 1, "input.role := \"clerk\""),
        ("policies", vec!["--baseline", "HEAD", "."], 1, newly),
        ("policies", vec!["HEAD:.", "."], 1, newly),
    ] {
        let answer = run(&folder.path().join(at), &[&["diff"], &*arguments].concat())?;
        ensure!(answer.exit_code == Some(code), "{arguments:?}: {answer:?}");
        ensure!(answer.stdout.contains(said), "{arguments:?}: {answer:?}");
    }
    // Files of a revision go by their names in the repository.
    let closed = OLD.replace("\"admin\"", "\"nobody\"");
    fs_err::write(folder.path().join("policies/p.rego"), closed)?;
    git(folder.path(), &["commit", "-qam", "Closed"])?;
    let answer = run(folder.path(), &["diff", "git:HEAD", "git:HEAD~1:policies"])?;
    ensure!(answer.stdout.contains("\n  decides  policies/p.rego:5: allow if input.role == "), "{answer:?}");
    Ok(())
}

#[test]
fn files_of_properties_name_a_revision_to_compare_with() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let properties = |new_allow: &str| {
        format!(
            "version: 1\nentrypoint: data.p.allow\nbaseline: {{ref: HEAD{new_allow}}}\nproperties:\n  - {{id: roles, allow_requires: is_string(input.role)}}\n"
        )
    };
    let path = folder.path().join("policies/p.properties.yaml");
    let newly = "input.role := \"clerk\"";
    for (new_allow, arguments, code, said) in [
        ("", vec!["test", "policies", "--cases", "50"], 2, newly),
        (", new_allow: fail", vec!["test", "policies", "--cases", "50"], 2, newly),
        (", new_allow: warn", vec!["test", "policies", "--cases", "50"], 0, newly),
        ("", vec!["test", "policies", "--run", "test_admins"], 0, ""),
        ("", vec!["probe", "policies", "--opa", "none", "--cases", "50"], 1, newly),
        (", new_allow: warn", vec!["probe", "policies", "--opa", "none", "--cases", "50"], 0, newly),
    ] {
        fs_err::write(&path, properties(new_allow))?;
        let answer = run(folder.path(), &arguments)?;
        ensure!(answer.exit_code == Some(code), "{new_allow} {arguments:?}: {answer:?}");
        ensure!(answer.stderr.contains(said), "{new_allow} {arguments:?}: {answer:?}");
        ensure!(said.is_empty() != answer.stderr.contains("compared with HEAD"), "{arguments:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn mutants_of_changed_lines_are_those_of_a_change() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let rows = |flags: &[&str]| -> Result<BTreeSet<u64>> {
        let arguments = ["mutate", "policies", "--decision", "data.p.allow", "--list", "-f", "json"];
        let answer = run(folder.path(), &[&arguments, flags].concat())?;
        ensure!(answer.exit_code == Some(0), "{answer:?}");
        let mutants: serde_json::Value = serde_json::from_str(&answer.stdout)?;
        let mutants = mutants["mutants"].as_array().into_iter().flatten();
        Ok(mutants.filter_map(|mutant| mutant["row"].as_u64()).collect())
    };
    ensure!(rows(&[])? == BTreeSet::from([3, 5]), "{:?}", rows(&[])?);
    ensure!(rows(&["--changed", "HEAD"])? == BTreeSet::from([5]), "{:?}", rows(&["--changed", "HEAD"])?);
    git(folder.path(), &["commit", "-qam", "Clerks"])?;
    ensure!(rows(&["--changed", "HEAD"])?.is_empty(), "{:?}", rows(&["--changed", "HEAD"])?);
    ensure!(rows(&["--changed", "HEAD~1"])? == BTreeSet::from([5]), "{:?}", rows(&["--changed", "HEAD~1"])?);
    Ok(())
}

#[test]
fn replay_works_from_any_folder_of_the_project() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let answer = run(folder.path(), &["diff", "--baseline", "HEAD", "policies"])?;
    let id = answer.stdout.split_whitespace().nth(2).unwrap_or_default().to_owned();
    for at in [".", "policies"] {
        let answer = run(&folder.path().join(at), &["replay", &id])?;
        ensure!(answer.exit_code == Some(0), "{answer:?}");
        ensure!(answer.stdout.contains("  old      denied\n  new      allowed\n"), "{answer:?}");
    }
    let test = run(folder.path(), &["replay", &id, "--as-rego-test"])?;
    fs_err::write(
        folder.path().join("policies/more_test.rego"),
        format!("package more_test\n\n{}", test.stdout),
    )?;
    let answer = run(folder.path(), &["test", "policies", "--run", "more_test"])?;
    ensure!(answer.exit_code == Some(2), "the test expects what the old version says: {answer:?}");
    // It passes with the old version.
    fs_err::write(folder.path().join("policies/p.rego"), OLD)?;
    let answer = run(folder.path(), &["test", "policies", "--run", "more_test"])?;
    ensure!(answer.exit_code == Some(0), "{answer:?}");
    let answer = run(folder.path(), &["replay", &id])?;
    ensure!(answer.stdout.contains("no difference any more"), "{answer:?}");
    Ok(())
}

#[test]
fn tests_and_probes_compare_with_a_baseline() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let at = folder.path();
    for (command, code) in [("test", 2), ("probe", 1)] {
        let alone = run(at, &[command, "policies"])?;
        ensure!(alone.exit_code == Some(0), "{alone:?}");
        let answer = run(at, &[command, "policies", "--baseline", "HEAD"])?;
        ensure!(answer.exit_code == Some(code), "{answer:?}");
        ensure!(answer.stderr.contains("NEWLY ALLOWED"), "{answer:?}");
        // What goes to stdout stays as it is.
        ensure!(!answer.stdout.contains("NEWLY ALLOWED"), "{answer:?}");
    }
    fs_err::write(at.join("policies/p.rego"), OLD)?;
    for command in ["test", "probe"] {
        let answer = run(at, &[command, "policies", "--baseline", "HEAD"])?;
        ensure!(answer.exit_code == Some(0) && answer.stderr.contains("identical"), "{answer:?}");
    }
    Ok(())
}

#[test]
fn a_revision_that_can_not_be_compared_is_told_by_its_name() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let at = folder.path();
    fs_err::write(at.join("policies/p.rego"), "package p\n\nallow if\n")?;
    git(at, &["commit", "-qam", "Broken"])?;
    fs_err::write(at.join("policies/p.rego"), NEW)?;
    fs_err::create_dir(at.join("later"))?;
    fs_err::write(at.join("later/p.rego"), NEW)?;
    for (arguments, said) in [
        (["--baseline", "HEAD", "policies"], "HEAD:policies/p.rego:4"),
        (["--baseline", "nothing", "policies"], "`nothing` is no revision of the git repository"),
        (["--baseline", "--all", "policies"], "`--all` is no revision"),
        (["--baseline", "HEAD~1", "later"], "nothing of `later` was there at `HEAD~1`"),
        (["--baseline", "HEAD~1", ".."], "not a git repository"),
    ] {
        let arguments = [format!("{}={}", arguments[0], arguments[1]), arguments[2].to_owned()];
        let answer = run(at, &["diff", &arguments[0], &arguments[1]])?;
        ensure!(answer.exit_code == Some(2), "{arguments:?}: {answer:?}");
        ensure!(answer.stderr.contains(said), "{arguments:?}: {answer:?}");
        ensure!(!answer.stderr.contains("/tree/"), "{arguments:?}: {answer:?}");
    }
    Ok(())
}

/// Makes a repository with the old version in its one commit, and the new one in the working tree.
fn start(folder: &Path) -> Result<()> {
    let policies = folder.join("policies");
    fs_err::create_dir_all(&policies)?;
    fs_err::write(policies.join("p.rego"), OLD)?;
    fs_err::write(policies.join("p_test.rego"), TEST)?;
    git(folder, &["init", "-q", "."])?;
    git(folder, &["add", "."])?;
    git(folder, &["commit", "-qm", "Start"])?;
    fs_err::write(policies.join("p.rego"), NEW)?;
    Ok(())
}
