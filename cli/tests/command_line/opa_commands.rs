//! Compares `parse`, `deps` and `inspect` with OPA's commands of these names, live and byte by byte, on a list of lines.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::case::split_words;
use crate::eval_comparison::{REQUIRE_OPA, queries};
use crate::run::{Answer, command, exists, finish, portcullis, repository, say};

#[test]
fn commands_write_what_those_of_opa_write() -> Result<()> {
    if !exists("opa") {
        let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
        ensure!(
            !required,
            "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
        );
        return say("skipped: there is no `opa` on the path to compare with");
    }
    let folder = repository().join("cli/tests/opa_commands");
    let lines = queries(&fs_err::read_to_string(folder.join("lines.txt"))?)?;
    ensure!(lines.len() > 80, "only {} lines were found", lines.len());
    let mut wrong = Vec::new();
    for line in &lines {
        let difference = difference(&line.text, &folder)?;
        match (difference, &line.differs) {
            (None, None) | (Some(_), Some(_)) => {}
            (Some(difference), None) => wrong.push(difference),
            (None, Some(reason)) => {
                wrong.push(format!("`{}` no longer differs from OPA: take out its `! {reason}`", line.text));
            }
        }
    }
    for complaint in &wrong {
        say(complaint)?;
    }
    ensure!(wrong.is_empty(), "{} differences on {} lines, each shown above", wrong.len(), lines.len());
    Ok(())
}

fn difference(line: &str, folder: &Path) -> Result<Option<String>> {
    let words = split_words(line).with_context(|| format!("can't read `{line}`"))?;
    let ask = |program: &Path| finish(command(program, folder).args(&words), b"");
    let (opa, ours) = (ask(Path::new("opa"))?, ask(&portcullis())?);
    let ours = if line.starts_with("inspect") { without_more(&opa, ours) } else { ours };
    let same = (&opa.stdout, opa.exit_code) == (&ours.stdout, ours.exit_code);
    Ok((!same).then(|| format!("== {line}\n{}{}", shown("OPA", &opa), shown("ours", &ours))))
}

/// What `inspect` says, without what it says beyond OPA's command: the last sections, or the last field of the document.
pub(crate) fn without_more(opa: &Answer, ours: Answer) -> Answer {
    let Answer { stdout, .. } = &ours;
    let stdout = if let Some((document, _)) = stdout.split_once(",\n  \"portcullis\": {") {
        format!("{document}\n}}\n")
    } else if stdout.starts_with('{') || opa.stdout.is_empty() && ours.exit_code != Some(0) {
        stdout.clone()
    } else {
        let rest = stdout.strip_prefix(&opa.stdout);
        let is_more =
            rest.is_some_and(|rest| rest.is_empty() || SECTIONS.iter().any(|name| rest.starts_with(name)));
        if is_more { opa.stdout.clone() } else { stdout.clone() }
    };
    Answer { stdout, ..ours }
}

/// What the first of our own sections can be.
const SECTIONS: [&str; 3] = ["DELTA BUNDLE:\n", "REQUIRED CAPABILITIES:\n", "FILES:\n"];

fn shown(who: &str, answer: &Answer) -> String {
    format!("{who}, {:?}:\n{}{}", answer.exit_code, answer.stdout, answer.stderr)
}
