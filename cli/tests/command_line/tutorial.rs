//! The tour of `docs/testing.md`: its files are written, its commands run, and its outputs are what they write.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::examples::{copy, in_shell};
use crate::ports::free_port;
use crate::run::{exists, repository, say};

#[test]
fn the_tour_of_the_page_on_tests_is_what_happens() -> Result<()> {
    let page = fs_err::read_to_string(repository().join("docs/testing.md"))?;
    let folder = tempfile::tempdir()?;
    let (mut files, mut commands, mut wrong) = (0, 0, Vec::new());
    for block in page.split("\n```").skip(1).step_by(2) {
        let (info, content) = block.split_once('\n').context("a block has a first line")?;
        match info.split_once(' ') {
            Some((_, name)) => {
                fs_err::write(folder.path().join(name), format!("{content}\n"))?;
                files += 1;
            }
            None if info == "console" => {
                for step in format!("\n{content}").split("\n$ ").skip(1) {
                    let (line, written) = step.split_once('\n').unwrap_or((step, ""));
                    // The page was written with both on one terminal.
                    let answer = in_shell(&format!("exec 2>&1; {line}"), folder.path())?;
                    let shown = without_times(&answer.stdout)?;
                    if shown.trim_end() != written.trim_end() {
                        wrong.push(format!("$ {line}\n{shown}"));
                    }
                    commands += 1;
                }
            }
            None => {}
        }
    }
    ensure!(files >= 5 && commands >= 5, "only {files} files and {commands} commands were found");
    ensure!(wrong.is_empty(), "the page should say:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_way_of_a_bundle_on_its_page_is_what_happens() -> Result<()> {
    walk("docs/bundles.md", &[])
}

#[test]
fn the_guide_is_what_happens() -> Result<()> {
    walk("docs/guide.md", &["policies/agentweave", "testcases/agentweave"])
}

#[test]
fn the_commands_of_the_page_on_deciding_are_what_happens() -> Result<()> {
    walk("docs/decisions.md", &["policies/agentweave"])
}

#[test]
fn the_commands_of_the_page_on_serving_are_what_happens() -> Result<()> {
    walk("docs/serving.md", &["policies/agentweave"])
}

#[test]
fn the_commands_of_the_page_on_following_and_logging_are_what_happens() -> Result<()> {
    walk("docs/decision-logs.md", &["policies/agentweave"])
}

/// Runs all commands of a page in one shell, one after the other, in a folder with copies of these folders, and compares what they
/// write with the texts that follow them.
fn walk(page: &str, folders: &[&str]) -> Result<()> {
    if !exists("opa") || !exists("curl") {
        return say("skipped: there is no `opa`, or no `curl`, on the path to go the way with");
    }
    let page = fs_err::read_to_string(repository().join(page))?;
    let mut script = "set -eu\ntrap 'kill $(jobs -p) 2> kill.log' EXIT\n".to_owned();
    let mut wanted: Vec<String> = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (info, content) = block.split_once('\n').context("a block has a first line")?;
        if info == "sh" {
            script.extend([content, "\necho '@@'\n"]);
            wanted.push(String::new());
        } else if let (true, Some(last)) = (info == "text", wanted.last_mut()) {
            content.clone_into(last);
        }
    }
    // The pages have ports that are easy to remember; here others may use them.
    let named = regex::Regex::new(r"\b1?818[1-3]\b")?;
    let mut ports = BTreeMap::new();
    for port in named.find_iter(&script) {
        if !ports.contains_key(port.as_str()) {
            ports.insert(port.as_str(), free_port()?.to_string());
        }
    }
    let script = named.replace_all(&script, |found: &regex::Captures<'_>| {
        let port = found.get(0).map_or("", |port| port.as_str());
        ports.get(port).cloned().unwrap_or_default()
    });
    let folder = tempfile::tempdir()?;
    for name in folders {
        copy(&repository().join(name), &folder.path().join(name))?;
    }
    fs_err::write(folder.path().join("way.sh"), &*script)?;
    // What is left running when it fails would hold its streams open; bash knows how to end it.
    let answer = in_shell("exec bash way.sh", folder.path())?;
    let found: Vec<&str> = answer.stdout.split("@@\n").map(str::trim_end).collect();
    let wanted: Vec<&str> = wanted.iter().map(|text| text.trim_end()).chain([""]).collect();
    ensure!(answer.exit_code == Some(0) && found == wanted, "{found:#?} and not {wanted:#?}: {answer:?}");
    Ok(())
}

/// How long a test takes is another time each time.
fn without_times(text: &str) -> Result<String> {
    let time = regex::Regex::new(r"\([0-9.]+(µs|ms|s)\)")?;
    Ok(time.replace_all(text, "(1ms)").into_owned())
}
