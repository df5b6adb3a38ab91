//! The commands of `docs/publishing.md` that need no server: they are run, and write what the page says.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bundles;

#[test]
fn what_the_page_shows_is_what_happens() -> Result<()> {
    let page = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/publishing.md"))?;
    let folder = tempfile::tempdir()?;
    for (revision, name) in [("1.4.0", "bundle.tar.gz"), ("1.5.0", "next.tar.gz")] {
        fs_err::rename(bundles::write(folder.path(), revision, 0)?, folder.path().join(name))?;
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().context("a folder")?;
    let path = std::env::join_paths(
        std::iter::once(program.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let digest = regex::Regex::new("[0-9a-f]{64}")?;
    let time = regex::Regex::new("[0-9]{4}-[0-9-]+T[0-9:]+Z")?;
    let plain =
        |text: &str| time.replace_all(&digest.replace_all(text, "DIGEST"), "TIME").trim_end().to_owned();
    let (mut commands, mut wrong) = (0, Vec::new());
    for block in page.split("\n```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap_or_default();
        for step in format!("\n{block}").split("\n$ ").skip(1) {
            let (line, written) = step.split_once('\n').unwrap_or((step, ""));
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(format!("exec 2>&1; {line}")).env_clear().env("PATH", &path);
            let output = shell.current_dir(folder.path()).output()?;
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            if plain(&shown) != plain(written) {
                wrong.push(format!("$ {line}\n{shown}"));
            }
            commands += 1;
        }
    }
    ensure!(commands >= 5, "only {commands} commands were found");
    ensure!(wrong.is_empty(), "the page should say:\n{}", wrong.join("\n"));
    Ok(())
}
