//! `test --changed`: which tests run after an edit, in a real git repository.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::run::{Answer, command, exists, finish, portcullis, run, say};

const FILES: [(&str, &str); 6] = [
    (
        "policies/p.rego",
        "package p\n\nimport data.lib\n\ndefault allow := false\n\nallow if lib.known(input.user)\n\nother := data.limits.other\n",
    ),
    ("policies/lib.rego", "package lib\n\nknown(user) if user in data.users\n"),
    (
        "policies/p_test.rego",
        "package p_test\n\ntest_allow if data.p.allow with input.user as data.testdata.ann\n\ntest_other if data.p.other == 1\n\ntest_plain := true\n",
    ),
    ("policies/data.json", "{\"users\": [\"ann\"], \"limits\": {\"other\": 1}}\n"),
    ("policies/testdata/ann.json", "\"ann\"\n"),
    (
        "policies/t.suite.yaml",
        "suite: t\nquery: data.p.allow\ncases:\n  - {name: ann, input: {user: ann}, expect: allow}\n  - {name: bob, input: {user: bob}, expect: deny}\n",
    ),
];

#[test]
fn an_edit_runs_the_tests_that_can_tell_the_difference() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let edits: [(&str, &str, &str, &str); 10] = [
        (
            "policies/p.rego",
            "default allow := false",
            "default allow := null",
            "p_test.test_allow t/ann t/bob",
        ),
        (
            "policies/lib.rego",
            "in data.users",
            "in {\"ann\"} & {x | some x in data.users}",
            "p_test.test_allow t/ann t/bob",
        ),
        ("policies/data.json", "[\"ann\"]", "[\"ann\", \"cid\"]", "p_test.test_allow t/ann t/bob"),
        ("policies/data.json", "\"other\": 1", "\"other\": 1, \"new\": 2", ""),
        ("policies/testdata/ann.json", "ann", "bob", "p_test.test_allow"),
        (
            "policies/p.rego",
            "other := data.limits.other",
            "other := data.limits.other + 0",
            "p_test.test_other",
        ),
        ("policies/p_test.rego", "test_plain := true", "test_plain := 1 == 1", "p_test.test_plain"),
        ("policies/p_test.rego", "test_plain", "test_renamed", "p_test.test_renamed"),
        ("policies/t.suite.yaml", "user: bob", "user: bill", "t/bob"),
        ("policies/p.rego", "default allow", "# the decision\n\ndefault allow", ""),
    ];
    for (file, from, to, expected) in edits {
        let path = folder.path().join(file);
        let before = fs_err::read_to_string(&path)?;
        ensure!(before.contains(from), "`{from}` is not in {file}");
        fs_err::write(&path, before.replace(from, to))?;
        let answer = run(folder.path(), &["test", "policies", "-v", "--changed", "HEAD"])?;
        fs_err::write(&path, before)?;
        ensure!(
            names(&answer) == expected,
            "{from} -> {to}: {} instead of {expected}: {answer:?}",
            names(&answer)
        );
        ensure!(answer.stderr.contains("no test matches --changed") == expected.is_empty(), "{answer:?}");
    }
    Ok(())
}

#[test]
fn other_schemas_or_capabilities_run_everything() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    let outside = tempfile::NamedTempFile::new()?;
    start(folder.path())?;
    let schema = "{\"type\": \"object\"}\n";
    for (name, text) in
        [("schemas/input.json", schema), ("schemas/deep/order.schema", schema), ("allowed", CAPABILITIES)]
    {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs_err::write(path, text)?;
    }
    fs_err::write(outside.path(), schema)?;
    git(folder.path(), &["add", "."])?;
    git(folder.path(), &["commit", "-qm", "Schemas"])?;
    let all = "p_test.test_allow p_test.test_other p_test.test_plain t/ann t/bob";
    let is_another = "is another one now, so all tests count as changed\n";
    let edits: [(&[&str], &str, &str, &str, &str); 9] = [
        (&["--schema", "schemas/input.json"], "schemas/input.json", "{ }", all, is_another),
        (&["--schema", "schemas"], "schemas/deep/order.schema", "{ }", all, is_another),
        (&["--schema", "schemas"], "schemas/new.json", "{ }", all, is_another),
        (&["--schema", "schemas/input.json"], "schemas/deep/order.schema", "{ }", "", "no test matches"),
        (&["--schema", "schemas"], "schemas/input.json", schema, "", "no test matches"),
        (&["--capabilities", "allowed"], "allowed", &format!("{CAPABILITIES}\n"), all, is_another),
        (&["--capabilities", "v1.22.2"], "allowed", "", "", "no test matches"),
        (&[], "schemas/input.json", "{ }", "", "no test matches"),
        (&["--schema", &outside.path().to_string_lossy()], "schemas/input.json", "{ }", all, "can't tell"),
    ];
    for (flags, file, text, expected, said) in edits {
        let path = folder.path().join(file);
        let before = fs_err::read_to_string(&path).ok();
        fs_err::write(&path, text)?;
        let answer = run(
            folder.path(),
            &[["test", "policies", "-v", "--changed", "HEAD"].as_slice(), flags].concat(),
        )?;
        match before {
            Some(before) => fs_err::write(&path, before)?,
            None => fs_err::remove_file(&path)?,
        }
        ensure!(names(&answer) == expected, "{flags:?} {file}: {answer:?}");
        ensure!(answer.stderr.contains(said), "{flags:?} {file}: {answer:?}");
    }
    Ok(())
}

#[test]
fn any_revision_can_be_compared_with_from_any_folder() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    start(folder.path())?;
    let test = folder.path().join("policies/p_test.rego");
    fs_err::write(&test, fs_err::read_to_string(&test)? + "\ntest_new := true\n")?;
    git(folder.path(), &["tag", "-a", "first", "-m", "first"])?;
    git(folder.path(), &["commit", "-qam", "A test"])?;
    let changed = |at: &str, paths: &[&str], revision: &str| {
        let flags = ["-v", "--changed", revision];
        run(&folder.path().join(at), &[["test"].as_slice(), paths, &flags].concat())
    };
    for (at, path, revision, expected) in [
        (".", "policies", "HEAD", ""),
        (".", "policies", "HEAD~1", "p_test.test_new"),
        (".", "policies", "first", "p_test.test_new"),
        ("policies", ".", "first", "p_test.test_new"),
        ("policies", "../policies/", "first", "p_test.test_new"),
    ] {
        let answer = changed(at, &[path], revision)?;
        ensure!(names(&answer) == expected, "{at} {path} {revision}: {answer:?}");
    }
    let mut in_a_hook = command(&portcullis(), folder.path());
    in_a_hook.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index.lock");
    in_a_hook.args(["test", "policies", "-v", "--changed", "first"]);
    let answer = finish(&mut in_a_hook, b"")?;
    ensure!(names(&answer) == "p_test.test_new", "{answer:?}");
    let index = git(folder.path(), &["status", "--porcelain"])?;
    ensure!(index.stdout.is_empty(), "the working tree was touched: {index:?}");

    // What wasn't there, or was no policy, makes everything count as changed.
    fs_err::create_dir_all(folder.path().join("new"))?;
    fs_err::write(folder.path().join("new/n_test.rego"), "package n_test\n\ntest_n := true\n")?;
    ensure!(names(&changed(".", &["new"], "HEAD")?) == "n_test.test_n", "a new folder");
    fs_err::write(&test, "package p_test\n\ntest_broken if {")?;
    git(folder.path(), &["commit", "-qam", "Broken"])?;
    fs_err::write(&test, "package p_test\n\ntest_mended := true\n")?;
    let answer = changed(".", &["policies"], "HEAD")?;
    ensure!(names(&answer) == "p_test.test_mended t/ann t/bob", "{answer:?}");
    ensure!(
        answer.stderr.contains("the tests at `HEAD` can't be compiled, so all count as changed"),
        "{answer:?}"
    );
    Ok(())
}

#[test]
fn what_can_not_be_compared_is_refused() -> Result<()> {
    if !exists("git") {
        return say("skipped: there is no git to compare with");
    }
    let folder = tempfile::tempdir()?;
    let outside = tempfile::tempdir()?;
    start(folder.path())?;
    let other = outside.path().to_string_lossy().into_owned();
    for (paths, revision, message) in [
        (["policies", "policies"], "no-such", "`no-such` is no revision of this git repository"),
        (["policies", "policies"], "--all", "`--all` is no revision of this git repository"),
        (["policies", "policies"], "HEAD:policies", "`HEAD:policies` is no revision"),
        (["policies", &other], "HEAD", "is not in the git repository"),
        ([&other, "policies"], "HEAD", "is in no git repository"),
    ] {
        let revision = format!("--changed={revision}");
        let answer = run(folder.path(), &["test", paths[0], paths[1], &revision])?;
        ensure!(answer.exit_code == Some(1) && answer.stderr.contains(message), "{message}: {answer:?}");
    }
    let mut without_git = command(&portcullis(), folder.path());
    without_git.env("PATH", folder.path()).args(["test", "policies", "--changed", "HEAD"]);
    let answer = finish(&mut without_git, b"")?;
    let message = "error: --changed asks git, which can't be run: git is not installed, or not on the path\n";
    ensure!(answer.exit_code == Some(1) && answer.stderr == message, "{answer:?}");
    Ok(())
}

/// What the policies need.
const CAPABILITIES: &str = r#"{"builtins": [
  {"name": "eq", "infix": "=", "decl": {"type": "function", "args": [{"type": "any"}, {"type": "any"}], "result": {"type": "boolean"}}},
  {"name": "equal", "infix": "==", "decl": {"type": "function", "args": [{"type": "any"}, {"type": "any"}], "result": {"type": "boolean"}}},
  {"name": "assign", "infix": ":=", "decl": {"type": "function", "args": [{"type": "any"}, {"type": "any"}], "result": {"type": "boolean"}}},
  {"name": "internal.member_2", "infix": "in", "decl": {"type": "function", "args": [{"type": "any"}, {"type": "any"}], "result": {"type": "boolean"}}}
], "future_keywords": ["in", "if", "contains", "every"], "features": ["rego_v1"]}"#;

/// Makes a repository with one commit.
fn start(folder: &Path) -> Result<()> {
    for (name, text) in FILES {
        let path = folder.join(name);
        fs_err::create_dir_all(path.parent().unwrap_or(folder))?;
        fs_err::write(path, text)?;
    }
    git(folder, &["init", "-q", "."])?;
    git(folder, &["add", "."])?;
    git(folder, &["commit", "-qm", "Start"])?;
    Ok(())
}

/// Runs git, as somebody.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<Answer> {
    let mut git = command(Path::new("git"), folder);
    git.args(["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]).args(arguments);
    let answer = finish(&mut git, b"")?;
    ensure!(answer.exit_code == Some(0), "git {arguments:?}: {answer:?}");
    Ok(answer)
}

/// The tests that ran, sorted, without `data.`.
fn names(answer: &Answer) -> String {
    let lines = answer.stdout.split("-----").next().unwrap_or_default().lines();
    let mut names: Vec<&str> = lines
        .filter_map(|line| line.split_once(": ").filter(|(_, verdict)| !verdict.is_empty()))
        .map(|(name, _)| name.trim_start_matches("data."))
        .filter(|name| !name.starts_with(' '))
        .collect();
    names.sort_unstable();
    names.join(" ")
}
