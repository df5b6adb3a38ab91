//! Properties: the page about them is what happens, and the tests that counterexamples are pasted as fail, here and in OPA.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::case::Case;
use crate::run::{command, exists, finish_within, portcullis, repository, say};

#[test]
fn all_properties_of_the_page_hold_of_the_policy_of_the_page() -> Result<()> {
    let page = fs_err::read_to_string(repository().join("docs/properties.md"))?;
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy");
    let mut files = 0;
    for block in page.split("\n```").skip(1).step_by(2) {
        let (info, content) = block.split_once('\n').context("a block has a first line")?;
        if let Some((_, name)) = info.split_once(' ') {
            let path = policy.join(name);
            fs_err::create_dir_all(&policy)?;
            fs_err::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs_err::write(path, format!("{content}\n"))?;
            files += 1;
        }
    }
    ensure!(files >= 9, "only {files} files were found");
    let answer = test(folder.path(), &["policy", "-f", "json"])?;
    let results: Value = serde_json::from_str(&answer)?;
    let results = results.as_array().context("an array")?;
    let failed: Vec<&Value> = results.iter().filter(|result| result["fail"] == true).collect();
    ensure!(results.len() >= 25 && failed.is_empty(), "{} tests, of which fail: {failed:#?}", results.len());
    Ok(())
}

#[test]
fn pasted_counterexamples_fail_here_and_in_opa() -> Result<()> {
    let mut pasted = 0;
    for case in Case::read_all(&repository().join("testcases/cli"))? {
        let is_meant = ["conditions", "relations", "each"]
            .iter()
            .any(|kind| case.name == format!("test/properties-{kind}"));
        if !is_meant {
            continue;
        }
        let folder = tempfile::tempdir()?;
        case.lay_out(folder.path())?;
        let results: Value = serde_json::from_str(&test(folder.path(), &["bad", "-f", "json"])?)?;
        let texts = |key: &str| -> Vec<String> {
            let results = results.as_array().into_iter().flatten();
            let texts = results.filter_map(|result| result["expectation"][key].as_str());
            // Neither a test nor a row can take away what is loaded.
            texts.filter(|text| !text.contains("# only where")).map(str::to_owned).collect()
        };
        let (modules, rows) = (texts("rego_test"), texts("table_case"));
        ensure!(
            modules.len() >= 6 && rows.len() >= 6,
            "{}: {} tests, {} rows",
            case.name,
            modules.len(),
            rows.len()
        );
        let properties = folder.path().join("bad/authz.properties.yaml");
        fs_err::remove_file(properties)?;
        let own = folder.path().join("bad/authz_test.rego");
        fs_err::write(own, format!("package pasted_test\n\n{}", modules.join("\n")))?;
        let suite = format!("suite: pasted\nquery: data.authz.allow\ncases:\n{}", rows.concat());
        fs_err::write(folder.path().join("bad/pasted.suite.yaml"), suite)?;
        let again: Value = serde_json::from_str(&test(folder.path(), &["bad", "-f", "json"])?)?;
        let again = again.as_array().context("an array")?;
        let good: Vec<&Value> = again.iter().filter(|result| result["fail"] != true).collect();
        ensure!(again.len() == modules.len() + rows.len() && good.is_empty(), "{}: {good:#?}", case.name);
        pasted += again.len();
        if exists("opa") {
            let mut opa = command(Path::new("opa"), folder.path());
            opa.args(["test", "-f", "json", "bad/authz.rego", "bad/authz_test.rego", "bad/data.json"]);
            let answer = finish_within(PATIENCE, &mut opa, b"")?;
            let results: Value = serde_json::from_str(&answer.stdout)?;
            let results = results.as_array().context("an array")?;
            let good: Vec<&Value> = results.iter().filter(|result| result["fail"] != true).collect();
            ensure!(results.len() == modules.len() && good.is_empty(), "{} in OPA: {good:#?}", case.name);
        } else {
            say("no opa on the path: it was not asked whether pasted tests fail there")?;
        }
    }
    ensure!(pasted >= 36, "only {pasted} were pasted");
    Ok(())
}

#[test]
fn the_shipped_policy_keeps_to_its_properties_and_a_grant_too_wide_does_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in [
        "policies/agentweave/authz.rego",
        "policies/agentweave/data.json",
        "testcases/agentweave/agentweave.properties.yaml",
    ] {
        let to = folder.path().join(name);
        fs_err::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs_err::copy(repository().join(name), to)?;
    }
    let failing = |folder: &Path, cases: &str, run: &str| -> Result<Vec<String>> {
        let arguments = ["testcases", "-f", "json", "--cases", cases, "--run", run];
        let results: Value = serde_json::from_str(&test(folder, &arguments)?)?;
        let results = results.as_array().context("an array")?;
        ensure!(!results.is_empty(), "no property is called {run}");
        let failed = results.iter().filter(|result| result["fail"] == true);
        Ok(failed.filter_map(|result| result["name"].as_str().map(str::to_owned)).collect())
    };
    let failed = failing(folder.path(), "300", "")?;
    ensure!(failed.is_empty(), "{failed:?}");
    let policy = folder.path().join("policies/agentweave/authz.rego");
    let text = fs_err::read_to_string(&policy)?;
    for (from, to, broken) in [
        ("\tno_party_banned\n", "", "whoever-is-banned"),
        ("\taction in grant.actions\n", "\tstartswith(action, grant.actions[0])\n", "calls-are-granted"),
        ("\tcaller_trusted\n", "", "strangers"),
        ("\tgrant.callee == callee_id\n", "", "calls-are-granted"),
    ] {
        ensure!(text.contains(from), "the policy has no `{from}`");
        fs_err::write(&policy, text.replacen(from, to, 1))?;
        let failed = failing(folder.path(), "1000", &format!("^agentweave properties/{broken}$"))?;
        ensure!(failed.iter().any(|name| name == broken), "without `{from}`: {failed:?}");
    }
    Ok(())
}

/// What a run of tests writes to stdout. An unoptimised build on a busy machine needs its time.
fn test(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = command(&portcullis(), folder);
    let answer = finish_within(PATIENCE, command.arg("test").args(arguments), b"")?;
    ensure!(answer.stderr.is_empty(), "{}", answer.stderr);
    Ok(answer.stdout)
}

const PATIENCE: Duration = Duration::from_mins(3);
