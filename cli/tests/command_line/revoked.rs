//! `authz check` and `revoke`: on files, with OPA, and with servers that don't do what they should.

mod files;
mod opa;
mod servers;
mod tiny;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::examples::copy;
use crate::run::{Answer, repository, run};

/// An agent of home.
pub(crate) fn agent(name: &str) -> String {
    format!("spiffe://agentweave.example/agent/{name}/production")
}

/// The shipped policy in a folder `p`.
fn policies() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    copy(&repository().join("policies/agentweave"), &folder.path().join("p"))?;
    Ok(folder)
}

/// `revoke`, on the data file in `p`.
fn revoke(folder: &Path, name: &str, more: &[&str]) -> Result<Answer> {
    let id = agent(name);
    let arguments = ["revoke", &id, "--policy", "p", "--data", "p/data.json"];
    run(folder, &[&arguments, more].concat())
}

/// `authz check`.
fn check(folder: &Path, from: &str, to: &str, action: &str, more: &[&str]) -> Result<Answer> {
    let (from, to) = (agent(from), agent(to));
    let arguments = ["authz", "check", "--caller", &from, "--callee", &to, "--action", action];
    run(folder, &[&arguments, more].concat())
}

/// The lines of a record.
fn record(folder: &Path) -> Result<Vec<Value>> {
    let text = fs_err::read_to_string(folder.join("record.jsonl"))?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

fn ends(answer: &Answer, code: i32, text: &str) -> Result<()> {
    let said = format!("{}{}", answer.stdout, answer.stderr);
    ensure!(answer.exit_code == Some(code) && said.contains(text), "not {code} and `{text}`: {answer:#?}");
    Ok(())
}
