//! The pages of the packs in `policies`: their commands are run, and write what the pages say.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::examples::{copy, in_shell};
use crate::run::{exists, repository, say};

#[test]
fn the_commands_on_the_page_of_each_pack_write_what_it_says() -> Result<()> {
    if !exists("opa") {
        return say("skipped: there is no `opa` on the path, which the pages of the packs run too");
    }
    let (mut pages, mut commands, mut wrong) = (0, 0, Vec::new());
    for entry in fs_err::read_dir(repository().join("policies"))? {
        let pack = entry?.file_name().to_string_lossy().into_owned();
        if !pack.starts_with("agentweave-") {
            continue;
        }
        let folder = tempfile::tempdir()?;
        for place in ["policies", "testcases"] {
            let from = repository().join(place).join(&pack);
            copy(&from, &folder.path().join(place).join(&pack))
                .with_context(|| format!("{} is missing", from.display()))?;
        }
        commands += run_page(&pack, folder.path(), &mut wrong)?;
        pages += 1;
    }
    ensure!(pages >= 5 && commands >= 10 * pages, "only {pages} pages with {commands} commands were found");
    ensure!(wrong.is_empty(), "the pages should say:\n{}", wrong.join("\n"));
    Ok(())
}

/// Runs the consoles of a page in the folder, one after the other. What differs goes to `wrong`; returns how many commands ran.
fn run_page(pack: &str, folder: &Path, wrong: &mut Vec<String>) -> Result<usize> {
    let page = fs_err::read_to_string(folder.join("policies").join(pack).join("README.md"))?;
    let mut commands = 0;
    for block in page.split("\n```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap_or_default();
        for step in format!("\n{block}").split("\n$ ").skip(1) {
            let (line, written) = step.split_once('\n').unwrap_or((step, ""));
            // The pages were written with both on one terminal.
            let answer = in_shell(&format!("exec 2>&1; {line}"), folder)?;
            if answer.stdout.trim_end() != written.trim_end() {
                wrong.push(format!("{pack}: $ {line}\n{}", answer.stdout));
            }
            commands += 1;
        }
    }
    Ok(commands)
}
