//! The table of exit codes in `docs/exit-codes.md`: each row has a scenario that is run, and each scenario a row.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::exit_codes_scenarios::signing::SIGNING;
use crate::exit_codes_scenarios::{
    SCENARIOS, Scenario, bundles, calls, comparing, server, testing, validating,
};
use crate::run::{finish, portcullis, repository};

/// What identifies a row.
type Key = (String, i32, String);

#[test]
fn every_row_of_the_table_of_exit_codes_happens() -> Result<()> {
    let rows = rows()?;
    let all = || {
        testing::SCENARIOS
            .iter()
            .chain(SCENARIOS)
            .chain(bundles::SCENARIOS)
            .chain(calls::SCENARIOS)
            .chain(comparing::SCENARIOS)
            .chain(SIGNING)
            .chain(server::SCENARIOS)
            .chain(validating::SCENARIOS)
    };
    let scenarios: BTreeMap<Key, &Scenario> = all().map(|one| (key(one), one)).collect();
    ensure!(scenarios.len() == all().count(), "two scenarios have the same row");
    let mut wrong = Vec::new();
    for row in &rows {
        match scenarios.get(row) {
            None => wrong.push(format!("no scenario shows that {row:?}")),
            Some(scenario) => wrong.extend(play(scenario)?),
        }
    }
    let unknown = scenarios.keys().filter(|key| !rows.contains(key));
    wrong.extend(unknown.map(|key| format!("docs/exit-codes.md has no row for {key:?}")));
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Code 70 can't be provoked from outside, which is as it should be. Its row rests on a unit test.
#[test]
fn the_row_of_bugs_is_kept_by_a_test() -> Result<()> {
    let source = fs_err::read_to_string(repository().join("cli/src/panic.rs"))?;
    ensure!(source.contains("fn a_command_that_panics_ends_as_a_bug_of_ours()"), "the test is gone");
    let code = fs_err::read_to_string(repository().join("cli/src/exit.rs"))?;
    ensure!(code.contains("Self::Internal => 70,"), "a bug of ours doesn't end with 70");
    Ok(())
}

fn key(scenario: &Scenario) -> Key {
    (scenario.command.to_owned(), scenario.code, scenario.when.to_owned())
}

/// The rows of the table, without that of bugs.
fn rows() -> Result<Vec<Key>> {
    let page = fs_err::read_to_string(repository().join("docs/exit-codes.md"))?;
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| command |")) {
        let cells: Vec<&str> = line.trim_matches('|').splitn(3, '|').map(str::trim).collect();
        let [command, code, when] = &*cells else { anyhow::bail!("a row needs three cells: {line}") };
        let code = code.parse().with_context(|| format!("no exit code: {line}"))?;
        rows.push((command.trim_matches('`').to_owned(), code, (*when).to_owned()));
    }
    let bug = rows.iter().position(|(_, code, _)| *code == 70).context("no row says what 70 means")?;
    rows.remove(bug);
    ensure!(rows.len() > 15, "only {} rows were found", rows.len());
    Ok(rows)
}

/// What is wrong with a scenario.
fn play(scenario: &Scenario) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    for (name, content) in scenario.files {
        fs_err::write(folder.path().join(name), content)?;
    }
    let mut wrong = Vec::new();
    for line in scenario.lines {
        // A shell, since some lines are about where the output goes.
        let mut shell = crate::run::command("sh".as_ref(), folder.path());
        let program = portcullis();
        let script = line.replace("portcullis", "\"$PORTCULLIS\"");
        let answer = finish(shell.env("PORTCULLIS", &program).arg("-c").arg(script), b"")?;
        if answer.exit_code != Some(scenario.code) {
            let found = answer.exit_code;
            let expected = scenario.code;
            wrong.push(format!("{line}: {found:?} and not {expected} ({})\n{answer:?}", scenario.when));
        }
    }
    Ok(wrong)
}
