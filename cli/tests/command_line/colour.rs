//! When there are colours: never in a pipe unless asked for, and never against `NO_COLOR`.

use anyhow::{Result, ensure};

use crate::run::{command, finish, portcullis};

/// Failing tests on stdout, a diagnostic on stderr, and help: each has colours of its own.
const COLOURED: [&[&str]; 4] = [&["test", "."], &["check", "broken.rego"], &["--help"], &["frobnicate"]];

type Environment = &'static [(&'static str, &'static str)];

#[test]
fn colours_come_when_they_are_wanted_and_only_then() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::create_dir(folder.path().join("tests"))?;
    fs_err::write(folder.path().join("tests/a_test.rego"), "package a_test\n\ntest_a if false\n")?;
    fs_err::write(folder.path().join("broken.rego"), "package a\n\np := }\n")?;
    let cases: [(&[&str], Environment, bool); 10] = [
        // Nobody watches a pipe.
        (&[], &[], false),
        (&["--color", "auto"], &[], false),
        (&["--color", "never"], &[], false),
        (&["--color", "always"], &[], true),
        (&[], &[("NO_COLOR", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        // An argument is nearer than the environment, and NO_COLOR is stronger than a wish for colours.
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[], &[("TERM", "xterm-256color")], false),
    ];
    let mut wrong = Vec::new();
    for (arguments, environment, wanted) in cases {
        for what in COLOURED {
            let what = what.iter().map(|word| if *word == "." { "tests" } else { word });
            let line: Vec<&str> = arguments.iter().copied().chain(what).collect();
            let mut command = command(&portcullis(), folder.path());
            let answer = finish(command.args(&line).envs(environment.iter().copied()), b"")?;
            let text = answer.stdout + &answer.stderr;
            ensure!(!text.is_empty(), "{line:?} says nothing");
            if text.contains('\u{1b}') != wanted {
                wrong.push(format!(
                    "{environment:?} portcullis {}: wanted {wanted}\n{text:?}",
                    line.join(" ")
                ));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn data_has_no_colours_even_when_they_are_forced() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for line in [&["eval", "-f", "pretty", "x := 1"][..], &["completions", "bash"], &["man"]] {
        let arguments = [&["--color", "always"], line].concat();
        let answer = finish(command(&portcullis(), folder.path()).args(&arguments), b"")?;
        ensure!(answer.exit_code == Some(0) && !answer.stdout.is_empty(), "{line:?}: {answer:?}");
        ensure!(!answer.stdout.contains('\u{1b}'), "{line:?} has escape sequences in its data");
    }
    Ok(())
}
