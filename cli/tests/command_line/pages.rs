//! The pages on bans and reviews: their commands are run one after the other, and write what the pages say.

use anyhow::{Result, ensure};

use crate::examples::{copy, in_shell};
use crate::run::repository;

#[test]
fn the_commands_of_the_page_on_revocation_write_what_it_says() -> Result<()> {
    page("docs/revocation.md", 5)
}

#[test]
fn the_commands_of_the_page_on_reviews_write_what_it_says() -> Result<()> {
    page("docs/audit.md", 4)
}

/// Runs the consoles of a page in a folder with the policies. With `UPDATE=1`, what they write goes into the page.
fn page(name: &str, least: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for place in ["policies/agentweave", "testcases/agentweave"] {
        copy(&repository().join(place), &folder.path().join(place))?;
    }
    let path = repository().join(name);
    let page = fs_err::read_to_string(&path)?;
    let (mut written, mut commands) = (String::new(), 0);
    for (index, block) in page.split("\n```console\n").enumerate() {
        if index == 0 {
            written.push_str(block);
            continue;
        }
        let (console, rest) = block.split_once("\n```").unwrap_or((block, ""));
        written.push_str("\n```console");
        for step in format!("\n{console}").split("\n$ ").skip(1) {
            let line = step.lines().next().unwrap_or_default();
            // The page was written with both on one terminal.
            let answer = in_shell(&format!("exec 2>&1; {line}"), folder.path())?;
            let said = answer.stdout.trim_end();
            written.extend(["\n$ ", line, if said.is_empty() { "" } else { "\n" }, said]);
            commands += 1;
        }
        written.push_str("\n```");
        written.push_str(rest);
    }
    ensure!(commands >= least, "only {commands} commands were found in {name}");
    if std::env::var_os("UPDATE").is_some() {
        fs_err::write(&path, &written)?;
    }
    ensure!(written == page || std::env::var_os("UPDATE").is_some(), "{name} should say:\n{written}");
    Ok(())
}
