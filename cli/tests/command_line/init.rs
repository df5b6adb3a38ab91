//! What `init` writes: the pipelines are run, step by step, on the project that it makes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use portcullis::document;
use portcullis::source::SourceId;
use serde_json::Value;

use crate::run::{Answer, command, exists, finish_within, portcullis, repository, run, say};

#[test]
fn the_steps_of_the_github_workflow_succeed_and_find_a_fault() -> Result<()> {
    let folder = project()?;
    let workflow = yaml(&folder.path().join(".github/workflows/policy.yml"))?;
    let steps = workflow["jobs"]["policy"]["steps"].as_array().context("the job has steps")?;
    let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    follow(folder.path(), &scripts, 3)
}

#[test]
fn the_lines_of_the_gitlab_job_succeed_and_find_a_fault() -> Result<()> {
    let folder = project()?;
    let job = &yaml(&folder.path().join(".gitlab-ci.yml"))?["policy"];
    let lines = ["before_script", "script"].map(|key| job[key].as_array().cloned().unwrap_or_default());
    let lines = lines.concat();
    let scripts: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    follow(folder.path(), &scripts, 3)
}

#[test]
fn the_page_about_pipelines_shows_what_is_written() -> Result<()> {
    let folder = project()?;
    let page = fs_err::read_to_string(repository().join("docs/ci.md"))?;
    for name in [".github/workflows/policy.yml", ".gitlab-ci.yml"] {
        let block = format!("```yaml\n{}```\n", fs_err::read_to_string(folder.path().join(name))?);
        ensure!(page.contains(&block), "docs/ci.md doesn't show {name} as it is written");
    }
    Ok(())
}

#[test]
fn opa_takes_the_project_too() -> Result<()> {
    if !exists("opa") {
        return say("skipped: there is no `opa` on the path to compare with");
    }
    let folder = project()?;
    for script in ["opa test policies", "opa check --strict policies", "test -z \"$(opa fmt -l policies)\""] {
        let answer = shell(folder.path(), script)?;
        ensure!(answer.exit_code == Some(0), "{script}: {answer:?}");
    }
    Ok(())
}

/// Runs the scripts of a pipeline; then, with a policy that allows too much, at least one of them has to fail.
fn follow(project: &Path, scripts: &[&str], count: usize) -> Result<()> {
    ensure!(scripts.len() == count, "{count} steps are expected: {scripts:?}");
    for script in scripts {
        let answer = shell(project, script)?;
        ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "{script}: {answer:?}");
    }
    let policy = project.join("policies/documents.rego");
    let text = fs_err::read_to_string(&policy)?;
    fs_err::write(&policy, text.replace("\"reader\": {\"read\"}", "\"reader\": {\"read\", \"delete\"}"))?;
    for script in scripts {
        if shell(project, script)?.exit_code != Some(0) {
            return Ok(());
        }
    }
    bail!("no step finds that readers may delete")
}

fn project() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let answer = run(folder.path(), &["init"])?;
    ensure!(answer.exit_code == Some(0) && answer.stdout.is_empty(), "{answer:?}");
    Ok(folder)
}

fn yaml(path: &Path) -> Result<Value> {
    let text = fs_err::read_to_string(path)?;
    let read = document::yaml(SourceId::default(), &text);
    let node = read.map_err(|diagnostic| anyhow::anyhow!("{}: {}", path.display(), diagnostic.message))?;
    Ok(serde_json::from_str(&node.to_value().to_json())?)
}

/// Runs a script with the built command on the path.
fn shell(folder: &Path, script: &str) -> Result<Answer> {
    let program = portcullis();
    let bin = program.parent().context("the program lies in a folder")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path)))?;
    let mut shell = command(Path::new("sh"), folder);
    finish_within(Duration::from_mins(2), shell.env("PATH", path).arg("-ec").arg(script), b"")
}
