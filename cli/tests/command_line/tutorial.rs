//! The tour of `docs/testing.md`: its files are written, its commands run, and its outputs are what they write.

use anyhow::{Context, Result, ensure};

use crate::examples::in_shell;
use crate::run::repository;

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

/// How long a test takes is another time each time.
fn without_times(text: &str) -> Result<String> {
    let time = regex::Regex::new(r"\([0-9.]+(µs|ms|s)\)")?;
    Ok(time.replace_all(text, "(1ms)").into_owned())
}
