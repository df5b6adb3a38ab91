//! The examples in the help: each is run as it stands, on the policies of the repository.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::run::{Answer, command, exists, finish_within, portcullis, repository, run};

#[test]
fn every_example_of_the_help_works() -> Result<()> {
    let folder = tempfile::tempdir()?;
    furnish(folder.path())?;
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for name in ["", "init", "test", "eval", "check", "rule", "completions", "man"] {
        let arguments: Vec<&str> = [name, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let examples = examples(&run(folder.path(), &arguments)?.stdout);
        ensure!(!examples.is_empty(), "`{name}` has no examples");
        for example in examples {
            if example.contains("| man ") && !exists("man") || !seen.insert(example.clone()) {
                continue;
            }
            let answer = in_shell(&example, folder.path())?;
            let idle = answer.stderr.contains("no test was found") || answer.stdout == "{}\n";
            if answer.exit_code != Some(0) || answer.stderr.contains("error") || idle {
                wrong.push(format!("$ {example}\n{answer:#?}"));
            }
        }
    }
    let count = seen.len();
    ensure!(count > 10, "only {count} examples were found");
    ensure!(wrong.is_empty(), "{} of {count} examples fail:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn every_command_of_the_page_of_reports_works() -> Result<()> {
    let folder = tempfile::tempdir()?;
    furnish(folder.path())?;
    let page = fs_err::read_to_string(repository().join("docs/reports.md"))?;
    let mut ran = 0;
    for block in page.split("\n```sh\n").skip(1) {
        for line in block.split("\n```\n").next().unwrap_or_default().lines() {
            let answer = in_shell(line, folder.path())?;
            ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "$ {line}\n{answer:#?}");
            ran += 1;
        }
    }
    ensure!(ran >= 5, "only {ran} commands were found");
    for file in ["junit.xml", "tests.tap", "tests.sarif"] {
        ensure!(fs_err::metadata(folder.path().join(file))?.len() > 100, "{file} is empty");
    }
    Ok(())
}

/// Runs a line of a shell that finds the built command. An unoptimised build is slower than any that people run.
pub(crate) fn in_shell(line: &str, folder: &Path) -> Result<Answer> {
    let program = portcullis();
    let bin = program.parent().context("the program lies in a folder")?;
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let script = line.replace("portcullis test ", "portcullis test --timeout 5m ");
    let mut shell = command(Path::new("sh"), folder);
    finish_within(Duration::from_mins(5), shell.env("PATH", &path).arg("-c").arg(script), b"")
}

fn examples(help: &str) -> Vec<String> {
    let list = help.split("Examples:\n").nth(1).unwrap_or_default();
    list.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The files that the examples name: the repository's own, and small ones under the names that stand for the user's.
fn furnish(folder: &Path) -> Result<()> {
    for name in ["policies", "testcases/agentweave", "docs"] {
        copy(&repository().join(name), &folder.join(name))?;
    }
    for (name, content) in [
        (
            "input.json",
            r#"{
                "caller_spiffe_id": "spiffe://agentweave.example/agent/orchestrator/production",
                "callee_spiffe_id": "spiffe://agentweave.example/agent/search/production",
                "action": "search"
            }"#,
        ),
        ("legacy/a.rego", "package legacy\n\nallow { input.admin }\n"),
        ("bundle/.manifest", r#"{"roots": ["shop", "shop_test"]}"#),
        ("bundle/shop/shop.rego", "package shop\n\nopen := true\n"),
        ("bundle/shop/shop_test.rego", "package shop_test\n\ntest_open if data.shop.open\n"),
        (".local/share/bash-completion/completions/x", ""),
        (".zfunc/x", ""),
    ] {
        let path = folder.join(name);
        fs_err::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs_err::write(path, content)?;
    }
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut bundle = tar::Builder::new(gzip);
    bundle.append_dir_all(".", folder.join("bundle"))?;
    fs_err::write(folder.join("bundle.tar.gz"), bundle.into_inner()?.finish()?)?;
    Ok(())
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs_err::create_dir_all(target)?;
        } else {
            fs_err::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
