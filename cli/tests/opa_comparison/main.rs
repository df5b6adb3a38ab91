//! Compares `portcullis test` with `opa test`, live and outcome by outcome, on `testcases/opa-test` and `policies`.

mod command;
mod compare;
mod coverage;
mod fixture;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::command::CommandLine;
use crate::compare::{Pair, complaints};
use crate::fixture::{Allowances, Fixture, Part};

/// Set to `1` where OPA has to be there: its absence is a failure then, not a skip.
const REQUIRE_OPA: &str = "PORTCULLIS_REQUIRE_OPA";

#[test]
fn portcullis_answers_like_opa_on_every_fixture() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let mut fixtures = Fixture::read_all(&repository().join("testcases/opa-test"))?;
    say(&unable_list(&fixtures))?;
    for Fixture { allowances, .. } in &mut fixtures {
        (allowances.reference_engine, allowances.wrong_answer) = (None, None);
    }
    let portcullis = Path::new(env!("CARGO_BIN_EXE_portcullis"));
    verdict(
        "fixtures",
        fixtures.len(),
        &on_all_processors(&fixtures, |fixture| check_with(fixture, &opa, portcullis, fixture.flags())),
    )
}

/// What the fixtures say of the reference engine is true of it.
#[test]
fn the_reference_engine_differs_where_the_fixtures_say() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let mut fixtures = Fixture::read_all(&repository().join("testcases/opa-test"))?;
    fixtures.retain(|Fixture { allowances, .. }| {
        allowances.reference_engine.is_some() || allowances.wrong_answer.is_some()
    });
    let portcullis = Path::new(env!("CARGO_BIN_EXE_portcullis"));
    let check = |fixture: &Fixture| {
        check_with(fixture, &opa, portcullis, &[&["--engine", "regorus"], fixture.flags()].concat())
    };
    verdict("fixtures", fixtures.len(), &on_all_processors(&fixtures, check))
}

#[test]
fn portcullis_measures_coverage_like_opa() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let folder = repository().join("testcases/coverage");
    let complaints = coverage::complaints(&folder, &opa, Path::new(env!("CARGO_BIN_EXE_portcullis")))?;
    ensure!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    Ok(())
}

#[test]
fn portcullis_answers_like_opa_on_the_shipped_policies() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let portcullis = Path::new(env!("CARGO_BIN_EXE_portcullis"));
    let folders: Vec<_> = policy_folders(&repository())?.into_iter().collect();
    verdict(
        "policy folders",
        folders.len(),
        &on_all_processors(&folders, |folder| check_folder(folder, &opa, portcullis)),
    )
}

/// What this suite takes for OPA's answer is the same whenever OPA is asked.
#[test]
fn opa_answers_like_itself_on_every_fixture() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let mut fixtures = Fixture::read_all(&repository().join("testcases/opa-test"))?;
    for fixture in &mut fixtures {
        let Allowances { unstable, exact_stderr, .. } = std::mem::take(&mut fixture.allowances);
        fixture.allowances = Allowances { unstable, exact_stderr, ..Allowances::default() };
    }
    verdict("fixtures", fixtures.len(), &on_all_processors(&fixtures, |fixture| check(fixture, &opa, &opa)))
}

/// A comparison that can't fail would be none.
#[test]
fn a_tool_that_always_succeeds_is_found_out() -> Result<()> {
    let Some(opa) = opa()? else {
        return Ok(());
    };
    let fixtures = Fixture::read_all(&repository().join("testcases/opa-test/5-exit"))?;
    for fixture in &fixtures {
        let found = check(fixture, &opa, Path::new("true"))?;
        ensure!(!found.is_empty(), "`true` passes for a test runner on fixture `{}`", fixture.name);
    }
    Ok(())
}

#[test]
fn every_fixture_can_be_read_and_has_its_own_name() -> Result<()> {
    let fixtures = Fixture::read_all(&repository().join("testcases/opa-test"))?;
    ensure!(!fixtures.is_empty(), "there are no fixtures in testcases/opa-test");
    for fixture in &fixtures {
        let section = fixture.name.split('-').next().unwrap_or_default();
        let sections = format!("Section {section}");
        ensure!(
            fixture.comment.starts_with(&sections),
            "`{}` does not begin with `{sections}`",
            fixture.name
        );
        fixture
            .unpack(tempfile::tempdir()?.path())
            .with_context(|| format!("can't unpack `{}`", fixture.name))?;
    }
    Ok(())
}

/// The `opa` on the path. None if there is none and none is asked for.
fn opa() -> Result<Option<PathBuf>> {
    let opa = PathBuf::from("opa");
    if let Ok(output) = Command::new(&opa).arg("version").output() {
        let version = String::from_utf8_lossy(&output.stdout);
        say(&format!("compared with OPA: {}\n", version.lines().next().unwrap_or_default()))?;
        return Ok(Some(opa));
    }
    let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
    ensure!(
        !required,
        "there is no `opa` on the path, and {REQUIRE_OPA} is set: install it with `go install`"
    );
    say("skipped: there is no `opa` on the path to compare with\n")?;
    Ok(None)
}

/// Runs the commands of a fixture with both tools.
fn check(fixture: &Fixture, opa: &Path, ours: &Path) -> Result<Vec<String>> {
    check_with(fixture, opa, ours, &[])
}

/// The same, with more arguments for ours.
fn check_with(fixture: &Fixture, opa: &Path, ours: &Path, more: &[&str]) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    fixture.unpack(folder.path())?;
    let Fixture { commands, allowances, .. } = fixture;
    let found = complaints(&pairs(commands, folder.path(), (opa, ours, more), allowances)?, allowances);
    let title = format!("== {}\n{}", fixture.name, fixture.comment);
    Ok(found.into_iter().map(|complaint| format!("{title}{complaint}\n")).collect())
}

/// Runs the tests below a folder with both tools.
fn check_folder(folder: &String, opa: &Path, ours: &Path) -> Result<Vec<String>> {
    let commands = [
        // Without optimisation some tests take longer than the five seconds they have.
        CommandLine::from_arguments(&["test", folder, "--timeout", "50s", "-f", "json"]),
        CommandLine::from_arguments(&["test", folder, "--timeout", "50s"]),
    ];
    let allowances = Allowances::default();
    let found = complaints(&pairs(&commands, &repository(), (opa, ours, &[]), &allowances)?, &allowances);
    Ok(found.into_iter().map(|complaint| format!("== {folder}\n{complaint}\n")).collect())
}

fn pairs(
    commands: &[CommandLine],
    folder: &Path,
    (opa, ours, more): (&Path, &Path, &[&str]),
    allowances: &Allowances,
) -> Result<Vec<Pair>> {
    let both = |command: &CommandLine| {
        // What made tests fail is ours to say; without it we answer to the letter.
        let says = command.text.contains("--var-values");
        let bare: &[&str] = if says { &[] } else { &["--var-values=false"] };
        let plain = || command.without_environment().run(opa, folder);
        Ok(Pair {
            command: command.clone(),
            opa: command.run(opa, folder)?,
            ours: command.with(more).with(bare).run(ours, folder)?,
            opa_without_environment: allowances.unread_environment.as_ref().map(|_| plain()).transpose()?,
        })
    };
    commands.iter().map(both).collect()
}

/// What a check finds for each item, in the order of the items; nothing for those with which all is well.
fn on_all_processors<T: Sync>(
    items: &[T],
    check: impl Fn(&T) -> Result<Vec<String>> + Sync,
) -> Vec<Vec<String>> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Vec<String>)>> = Mutex::default();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return;
            };
            let complaints = check(item).unwrap_or_else(|error| vec![format!("{error:#}\n")]);
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, complaints));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort();
    found.into_iter().map(|(_, complaints)| complaints).filter(|complaints| !complaints.is_empty()).collect()
}

fn verdict(what: &str, count: usize, found: &[Vec<String>]) -> Result<()> {
    for complaint in found.iter().flatten() {
        say(complaint)?;
    }
    // The names again, where they can be seen at once.
    for complaints in found {
        let title = complaints.first().and_then(|complaint| complaint.lines().next()).unwrap_or_default();
        say(&format!("{title}: {} differences\n", complaints.len()))?;
    }
    say(&format!("{} of {count} {what} differ\n", found.len()))?;
    ensure!(found.is_empty(), "{} of {count} {what} differ, each shown above", found.len());
    Ok(())
}

/// Where the tools differ and why, and how many fixtures are of which kind.
fn unable_list(fixtures: &[Fixture]) -> String {
    let mut list = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for Fixture { name, allowances, .. } in fixtures {
        let claims = [
            ("unsupported flag", &allowances.unsupported_flag),
            ("environment not read", &allowances.unread_environment),
        ];
        let claimed: Vec<_> =
            claims.into_iter().filter_map(|(what, why)| Some((what, why.as_ref()?))).collect();
        for (what, why) in &claimed {
            let _ = writeln!(list, "{what}: {name}: {why}");
        }
        for (part, reason) in &allowances.differs {
            let _ = writeln!(list, "differs in {}: {name}: {reason}", Part::name(*part));
        }
        let otherwise = if allowances.differs.is_empty() { "the same answer" } else { "differs in parts" };
        *counts.entry(claimed.first().map_or(otherwise, |(what, _)| what)).or_default() += 1;
    }
    for (what, count) in counts {
        let _ = writeln!(list, "{count} fixtures: {what}");
    }
    list
}

/// Each folder below `policies` that holds policies itself, and `policies` as a whole.
fn policy_folders(repository: &Path) -> Result<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    let policies = repository.join("policies");
    if !policies.is_dir() {
        return Ok(folders);
    }
    for entry in walkdir::WalkDir::new(&policies).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "rego") {
            let parent = path.parent().context("a file lies in a folder")?.strip_prefix(repository)?;
            folders.insert(parent.to_string_lossy().into_owned());
            folders.insert("policies".to_owned());
        }
    }
    Ok(folders)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes past the test harness, which would hold the text back when a test passes.
fn say(text: &str) -> Result<()> {
    std::io::stderr().lock().write_all(text.as_bytes())?;
    Ok(())
}
