//! `validate` beside others: OPA finds the same in the shipped packs' examples, and readers of reports read its reports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::case::Case;
use crate::examples::{copy, in_shell};
use crate::reports::available;
use crate::run::{command, exists, finish, repository, run, say};
use crate::sarif;

#[test]
fn hostile_files_end_with_an_error_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let nested = |open: &str, close: &str, depth: usize| [open.repeat(depth), close.repeat(depth)].concat();
    let files: [(&str, Vec<u8>); 12] = [
        ("deep.json", nested("[", "]", 9_000).into()),
        ("deeper.json", nested("[", "]", 200_000).into()),
        (
            "pod.json",
            format!("{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":{}}}", nested("[", "]", 3_000)).into(),
        ),
        (
            "deep.yaml",
            (0..2_000)
                .map(|depth| [&*" ".repeat(depth), "a:"].concat())
                .collect::<Vec<_>>()
                .join("\n")
                .into(),
        ),
        ("flow.yaml", "[".repeat(100_000).into()),
        ("tables.toml", format!("[{}a]\nb = 1\n", "a.".repeat(50_000)).into()),
        ("quotes.env", "A=\"".repeat(50_000).into()),
        ("twice.json", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(20_000)).into()),
        ("twice.toml", "a = 1\n".repeat(5_000).into()),
        ("binary.yaml", (0..=255_u8).cycle().take(10_000).collect()),
        ("nul.yaml", b"a: \x00b".to_vec()),
        ("empty.yaml", Vec::new()),
    ];
    for (name, content) in files {
        fs_err::write(folder.path().join(name), content)?;
        let answer = run(folder.path(), &["validate", "--timeout", "5s", name])?;
        let code =
            answer.exit_code.with_context(|| format!("{name} takes too long or ended with a signal"))?;
        ensure!(matches!(code, 1 | 2), "{name}: {code}, {}", answer.stderr);
        ensure!(answer.stdout.len() < 1_000_000, "{name}: {} bytes", answer.stdout.len());
    }
    Ok(())
}

/// The packs, and the folders of their examples below `testcases`.
const PACKS: [(&str, &str); 5] = [
    ("config", "config"),
    ("kubernetes", "kubernetes"),
    ("observability", "observability"),
    ("opa", "opa"),
    ("spire", "spire"),
];

/// What is checked beside the rules of the packs.
const OWN_RULES: [&str; 4] = ["duplicate-key", "schema", "unknown-key", "wrong-type"];

#[test]
fn the_packs_find_in_their_examples_what_opa_finds_with_them() -> Result<()> {
    if !exists("opa") {
        return say("skipped: there is no `opa` on the path to ask the shipped packs");
    }
    let mut compared = 0;
    for (pack, folder) in PACKS {
        for (kind, file) in examples(pack, folder)? {
            let validated = validated(&["--pack", pack], &file)?;
            let own = |rule: &str| OWN_RULES.contains(&rule);
            let found: BTreeSet<(String, String)> =
                validated.iter().filter(|(rule, _)| !own(rule)).cloned().collect();
            let wanted = found_by_opa(pack, &file)?;
            ensure!(found == wanted, "{}: {found:?}, not {wanted:?}", file.display());
            // A good configuration alone has the warning that nothing is there to run it.
            let is_clean = validated.iter().all(|(rule, _)| rule == "run-unseen" || rule == "config-unseen");
            ensure!((kind == "good") == is_clean, "{}: {validated:?}", file.display());
            compared += 1;
        }
    }
    ensure!(compared > 25, "only {compared} examples were compared");
    Ok(())
}

#[test]
fn the_packs_find_in_their_examples_what_conftest_finds_with_them() -> Result<()> {
    if !exists("conftest") {
        ensure!(
            std::env::var_os("PORTCULLIS_REQUIRE_CONFTEST").is_none_or(|value| value != "1"),
            "there is no `conftest` on the path, and PORTCULLIS_REQUIRE_CONFTEST is set"
        );
        return say("skipped: there is no `conftest` on the path to ask the shipped packs");
    }
    let mut compared = 0;
    for (pack, folder) in PACKS {
        for (_, file) in examples(pack, folder)? {
            let mut found = validated(&["--pack", pack], &file)?;
            found.retain(|(rule, _)| !OWN_RULES.contains(&&**rule));
            let mut wanted = BTreeSet::new();
            for findings in found_by_conftest(pack, &file)? {
                wanted.insert(rule_and_path(&findings)?);
            }
            if file.ends_with("bad/yaml-surprises.yaml") {
                // conftest reads `yes` and `on` as YAML 1.1 has them; to OPA they are texts.
                let more: Vec<(String, String)> = found.difference(&wanted).cloned().collect();
                let rules: Vec<&str> = more.iter().map(|(rule, _)| &**rule).collect();
                ensure!(rules == ["audit-enabled", "audit-payloads", "verify-peer"], "{more:?}");
                found.retain(|finding| !more.contains(finding));
            }
            ensure!(found == wanted, "{}: {found:?}, not {wanted:?}", file.display());
            compared += 1;
        }
    }
    ensure!(compared > 25, "only {compared} examples were compared");
    Ok(())
}

#[test]
fn each_example_of_a_pack_is_known_to_be_for_it() -> Result<()> {
    for (pack, folder) in PACKS {
        for (_, file) in examples(pack, folder)? {
            let answer =
                run(&repository(), &["validate".as_ref(), "-f".as_ref(), "json".as_ref(), file.as_os_str()])?;
            let document: Value = serde_json::from_str(&answer.stdout).context("JSON")?;
            let checks = document.pointer("/checks").and_then(Value::as_array).context("checks")?;
            let asked = checks.iter().filter_map(|check| check.get("pack").and_then(Value::as_str));
            let name = format!("agentweave-{pack}");
            // What disguises itself is for nobody, and that is told.
            let told = answer.stderr.contains("no pack is for this document");
            ensure!(asked.clone().any(|asked| asked == name) || told, "{}: {answer:?}", file.display());
            let is_good = file.parent().is_some_and(|folder| folder.ends_with("good"));
            ensure!(!(is_good && told), "{}: {answer:?}", file.display());
        }
    }
    Ok(())
}

#[test]
fn the_reports_are_read_by_those_they_are_for_and_count_the_same() -> Result<()> {
    let schema = sarif::schema()?;
    let xsd = repository().join("cli/tests/junit/junit.xsd");
    let (has_xmllint, has_tap) = (available("xmllint")?, available("tap-parser")?);
    let mut results = 0;
    for case in Case::read_all(&repository().join("testcases/cli/validate"))? {
        let folder = tempfile::tempdir()?;
        case.lay_out(folder.path())?;
        for line in REPORTED {
            let reports = ["json", "junit", "tap", "sarif", "github"]
                .map(|format| format!("--report={format}=report.{format}"));
            let mut arguments: Vec<&str> = vec!["validate"];
            arguments.extend(reports.iter().map(String::as_str));
            arguments.extend(line.split(' '));
            let answer = run(folder.path(), &arguments)?;
            let text = |format: &str| fs_err::read_to_string(folder.path().join(format!("report.{format}")));
            let about = || format!("{} {line}: {answer:?}", case.name);
            let json: Value = serde_json::from_str(&text("json")?).with_context(about)?;
            let count = |name: &str| -> Result<usize> {
                let number =
                    json.pointer(&format!("/summary/{name}")).and_then(Value::as_u64).with_context(about)?;
                Ok(usize::try_from(number)?)
            };
            let told = count("findings")? + count("warnings")? + count("errors")?;
            let document: Value = serde_json::from_str(&text("sarif")?).with_context(about)?;
            let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
            ensure!(errors.is_empty(), "{}: {errors:?}", about());
            ensure!(sarif::consistent(&document).with_context(about)? == told, "{}", about());
            ensure!(text("github")?.lines().count() == told, "{}", about());
            if has_xmllint {
                let mut xmllint = command(Path::new("xmllint"), folder.path());
                let valid = finish(xmllint.args(["--noout", "--schema"]).arg(&xsd).arg("report.junit"), b"")?;
                ensure!(valid.exit_code == Some(0), "{}: {valid:?}", about());
                let mut xmllint = command(Path::new("xmllint"), folder.path());
                let answer = finish(xmllint.args(["--xpath", WRONG_COUNTS, "report.junit"]), b"")?;
                ensure!(answer.stdout.trim() == "0", "{}: {answer:?}", about());
            }
            if has_tap {
                let mut parser = command(Path::new("tap-parser"), folder.path());
                let answer = finish(parser.args(["-f", "-j", "0"]), text("tap")?.as_bytes())?;
                ensure!(
                    !answer.stdout.contains("[\"extra\"") && !answer.stdout.contains("\"tapError\":\""),
                    "{answer:?}"
                );
            }
            results += told;
        }
    }
    ensure!(results > 100, "only {results} results");
    Ok(())
}

/// What is run in the folder of each case.
const REPORTED: [&str; 3] = [".", ". --pack kubernetes --strict", ". --pack opa --pack spire --detect"];

/// The sums of the attributes are those of the elements.
const WRONG_COUNTS: &str = "count(//testsuite[@tests != count(testcase) or @failures != count(testcase/failure) \
     or @errors != count(testcase/error) or @skipped != count(testcase/skipped)] \
     | /testsuites[@tests != count(//testcase) or @failures != count(//failure) or @errors != count(//error)])";

#[test]
fn the_commands_on_the_page_write_what_it_says() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for place in ["policies", "testcases/agentweave-config", "testcases/agentweave-kubernetes"] {
        copy(&repository().join(place), &folder.path().join(place))?;
    }
    let page = fs_err::read_to_string(repository().join("docs/validate.md"))?;
    for block in page.split("\n```").skip(1).step_by(2) {
        // A block whose first line is a comment with a name is a file.
        let (_, content) = block.split_once('\n').context("a language")?;
        let named = content.strip_prefix("# file: ").and_then(|rest| rest.split_once('\n'));
        if let Some((name, content)) = named {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().context("a folder")?)?;
            fs_err::write(path, format!("{content}\n"))?;
        }
    }
    let (mut commands, mut wrong) = (0, Vec::new());
    for block in page.split("\n```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap_or_default();
        for step in format!("\n{block}").split("\n$ ").skip(1) {
            let (line, written) = step.split_once('\n').unwrap_or((step, ""));
            let answer = in_shell(&format!("exec 2>&1; {line}"), folder.path())?;
            if answer.stdout.trim_end() != written.trim_end() {
                wrong.push(format!("$ {line}\n{}", answer.stdout));
            }
            commands += 1;
        }
    }
    ensure!(commands >= 5, "only {commands} commands were found");
    ensure!(wrong.is_empty(), "the page should say:\n{}", wrong.join("\n"));
    Ok(())
}

/// The examples of a pack: `good` or `bad`, and the file.
fn examples(pack: &str, folder: &str) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut examples = Vec::new();
    for kind in ["good", "bad"] {
        let folder = repository().join(format!("testcases/agentweave-{pack}/testdata/{folder}/{kind}"));
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_file() {
                examples.push((kind, entry.into_path()));
            }
        }
    }
    Ok(examples)
}

/// The rules and paths of what `validate` finds in a file, warnings included.
fn validated(arguments: &[&str], file: &Path) -> Result<BTreeSet<(String, String)>> {
    let file = file.to_string_lossy();
    let arguments: Vec<&str> =
        ["validate", "-f", "json"].into_iter().chain(arguments.iter().copied()).chain([&*file]).collect();
    let answer = run(&repository(), &arguments)?;
    let document: Value = serde_json::from_str(&answer.stdout).with_context(|| format!("{answer:?}"))?;
    ensure!(document.pointer("/summary/errors") == Some(&0.into()), "{file}: {answer:?}");
    let findings = document.pointer("/findings").and_then(Value::as_array).context("findings")?;
    let text =
        |finding: &Value, key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(findings.iter().map(|finding| (text(finding, "rule"), text(finding, "path"))).collect())
}

/// The rules and paths of what OPA finds in a file, asked as conftest asks with `--combine`.
fn found_by_opa(pack: &str, file: &Path) -> Result<BTreeSet<(String, String)>> {
    let opa = |query: &str, arguments: &[&Path]| {
        let mut opa = command(Path::new("opa"), &repository());
        opa.args(["eval", "-f", "raw", query]);
        for argument in arguments {
            opa.arg(argument);
        }
        finish(&mut opa, b"")
    };
    let read = opa("input", &["-i".as_ref(), file])?;
    let contents: Value = serde_json::from_str(&read.stdout).with_context(|| format!("{read:?}"))?;
    let combined = tempfile::NamedTempFile::with_suffix(".json")?;
    let entry = serde_json::json!([{"path": file.to_string_lossy(), "contents": contents}]);
    fs_err::write(combined.path(), entry.to_string())?;
    let folder = repository().join(format!("policies/agentweave-{pack}"));
    let query = format!("data.agentweave.{pack}.deny | data.agentweave.{pack}.warn");
    let answer = opa(&query, &["-d".as_ref(), &folder, "-i".as_ref(), combined.path()])?;
    let findings: Value = serde_json::from_str(&answer.stdout).with_context(|| format!("{answer:?}"))?;
    findings.as_array().context("a list")?.iter().map(rule_and_path).collect()
}

/// What conftest finds in a file with `--combine`.
fn found_by_conftest(pack: &str, file: &Path) -> Result<Vec<Value>> {
    let mut conftest = command(Path::new("conftest"), &repository());
    conftest.args(["test", "--combine", "-o", "json", "--policy"]).arg(format!("policies/agentweave-{pack}"));
    conftest.args(["--namespace", &format!("agentweave.{pack}")]).arg(file);
    let answer = finish(&mut conftest, b"")?;
    let checks: Vec<Value> = serde_json::from_str(&answer.stdout).with_context(|| format!("{answer:?}"))?;
    let all = checks.iter().flat_map(|check| [check.get("failures"), check.get("warnings")]).flatten();
    let findings = all.filter_map(Value::as_array).flatten();
    findings.map(|finding| finding.get("metadata").cloned().context("an element that is no text")).collect()
}

/// The rule that an element of a pack names, and its path as a JSON pointer.
fn rule_and_path(finding: &Value) -> Result<(String, String)> {
    let step = |step: &Value| match step {
        Value::String(key) => key.replace('~', "~0").replace('/', "~1"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            step.to_string()
        }
    };
    let rule = finding.get("rule").and_then(Value::as_str).context("a rule")?.to_owned();
    let path = finding.get("path").and_then(Value::as_array).into_iter().flatten();
    Ok((rule, path.flat_map(|one| ["/".to_owned(), step(one)]).collect()))
}
