//! Completion scripts and manual pages: complete, and readable by the programs that they are for.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::run::{command, exists, finish, run, say};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn completions_of_every_shell_know_every_command_and_flag() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let commands = commands(folder.path())?;
    for shell in SHELLS {
        let answer = run(folder.path(), &["completions", shell])?;
        ensure!(answer.exit_code == Some(0) && answer.stderr.is_empty(), "{shell}: {answer:?}");
        for name in
            commands.iter().map(String::as_str).chain(["fail-on-empty", "stdin-input", "v0-compatible"])
        {
            ensure!(answer.stdout.contains(name), "the completions for {shell} don't know `{name}`");
        }
    }
    Ok(())
}

#[test]
fn shells_that_are_installed_can_read_their_completions() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        if !exists(shell) {
            say(&format!("skipped: there is no {shell} to read its completions"))?;
            continue;
        }
        let script = folder.path().join(shell);
        fs_err::write(&script, run(folder.path(), &["completions", shell])?.stdout)?;
        let read = finish(command(Path::new(shell), folder.path()).arg(check).arg(&script), b"")?;
        ensure!(
            read.exit_code == Some(0) && read.stderr.is_empty(),
            "{shell} can't read its completions: {read:?}"
        );
    }
    Ok(())
}

#[test]
fn bash_completes_commands_and_flags() -> Result<()> {
    if !exists("bash") {
        return say("skipped: there is no bash to complete in");
    }
    let folder = tempfile::tempdir()?;
    fs_err::write(folder.path().join("script"), run(folder.path(), &["completions", "bash"])?.stdout)?;
    for (words, wanted) in [("portcullis ev", "eval"), ("portcullis test --fail-o", "--fail-on-empty")] {
        let ask = format!(
            "source ./script; COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); \
             _portcullis portcullis \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let answer = finish(command(Path::new("bash"), folder.path()).arg("-c").arg(ask), b"")?;
        ensure!(answer.stdout.lines().eq([wanted]), "`{words}` is completed to {answer:?}");
    }
    Ok(())
}

#[test]
fn there_is_a_manual_page_for_every_command() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let overview = run(folder.path(), &["man"])?.stdout;
    ensure!(overview.contains(".TH portcullis 1"), "no title: {overview}");
    for name in commands(folder.path())? {
        ensure!(overview.contains(&format!("portcullis\\-{name}(1)")), "the overview doesn't name `{name}`");
        let page = run(folder.path(), &["man", &name])?.stdout;
        for part in [format!(".TH portcullis-{name} 1"), ".SH SYNOPSIS".into(), "Examples".into()] {
            ensure!(page.contains(&part), "the page of `{name}` has no `{part}`:\n{page}");
        }
    }
    Ok(())
}

#[test]
fn manual_pages_can_be_formatted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let formatters: [(&str, &[&str]); 3] = [
        ("mandoc", &["-T", "lint", "-W", "error"]),
        ("groff", &["-man", "-Tutf8", "-ww", "-z"]),
        ("man", &["--warnings=all", "-l", "-"]),
    ];
    let found: Vec<_> = formatters.into_iter().filter(|(name, _)| exists(name)).collect();
    if found.is_empty() {
        return say("skipped: there is no mandoc, groff or man to format manual pages");
    }
    let mut pages = commands(folder.path())?;
    pages.insert(0, String::new());
    for name in pages {
        let arguments: Vec<&str> = ["man", &name].into_iter().filter(|word| !word.is_empty()).collect();
        let page = run(folder.path(), &arguments)?.stdout;
        for (formatter, arguments) in &found {
            let answer =
                finish(command(Path::new(formatter), folder.path()).args(*arguments), page.as_bytes())
                    .with_context(|| format!("{formatter} on the page of `{name}`"))?;
            ensure!(
                answer.exit_code == Some(0) && answer.stderr.is_empty(),
                "{formatter}, `{name}`: {answer:?}"
            );
        }
    }
    Ok(())
}

/// The names of the commands, as the help lists them.
fn commands(folder: &Path) -> Result<Vec<String>> {
    let help = run(folder, &["--help"])?.stdout;
    let list = help.split("Commands:\n").nth(1).context("the help lists commands")?;
    let names = list.lines().map_while(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    ensure!(names.len() >= 5, "commands are missing from the help: {names:?}");
    Ok(names)
}
