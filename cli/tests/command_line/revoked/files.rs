//! Calls are asked for and agents banned with policies and data in files.

use anyhow::{Result, ensure};

use super::{agent, check, ends, policies, record, revoke};
use crate::run::run;

#[test]
fn a_call_is_allowed_or_denied_with_what_decided() -> Result<()> {
    let folder = policies()?;
    let asked = ["--policy", "p"];
    let allowed = check(folder.path(), "orchestrator", "search", "search", &asked)?;
    insta::assert_snapshot!(allowed.stdout);
    ends(&allowed, 0, "ALLOWED")?;
    let denied = check(folder.path(), "scraper", "search", "search", &asked)?;
    insta::assert_snapshot!(denied.stdout);
    ends(&denied, 1, "DENIED")?;
    let json = check(folder.path(), "scraper", "search", "search", &["--policy", "p", "-f", "json"])?;
    insta::assert_snapshot!(json.stdout);
    ends(&json, 1, "")?;
    let why = check(folder.path(), "scraper", "search", "search", &["--policy", "p", "--why"])?;
    ends(&why, 1, "entry != caller_id entry != callee_id } did not hold")
}

#[test]
fn what_is_not_decided_is_not_allowed() -> Result<()> {
    let folder = policies()?;
    fs_err::write(
        folder.path().join("conflict.rego"),
        "package c\n\nallow := true if input.action\n\nallow := false if input.caller_spiffe_id\n",
    )?;
    fs_err::write(folder.path().join("text.rego"), "package t\n\nallow := \"true\"\n")?;
    fs_err::write(folder.path().join("partial.rego"), "package u\n\nallow if input.action == \"other\"\n")?;
    for (arguments, said) in [
        (["--policy", "p", "--decision", "agentweave/other"], "`data.agentweave.other` is undefined"),
        (["--policy", "conflict.rego", "--decision", "c/allow"], "eval_conflict_error"),
        (
            ["--policy", "text.rego", "--decision", "t"],
            "is no decision: it is an object whose `allow` is no boolean",
        ),
        (["--policy", "text.rego", "--decision", "t/allow"], "is no decision: it is a string"),
        (["--policy", "partial.rego", "--decision", "u/allow"], "`data.u.allow` is undefined"),
        (["--policy", "partial.rego", "--decision", "u"], "is no decision: it is an object without `allow`"),
        (["--policy", "missing", "--decision", "u"], "missing"),
    ] {
        let answer = check(folder.path(), "orchestrator", "search", "search", &arguments)?;
        ends(&answer, 2, said)?;
        ensure!(answer.stdout.is_empty(), "{answer:?}");
    }
    Ok(())
}

#[test]
fn ids_that_are_none_are_told_all_at_once() -> Result<()> {
    let folder = policies()?;
    let arguments = [
        "authz",
        "check",
        "--policy",
        "p",
        "--caller",
        "spiffe://A/b",
        "--callee",
        "spiffe://a//b",
        "--action",
        "x",
    ];
    let answer = run(folder.path(), &arguments)?;
    ends(&answer, 2, "the caller `spiffe://A/b` is no SPIFFE ID of an agent: its trust domain has a 'A'")?;
    ends(
        &answer,
        2,
        "the callee `spiffe://a//b` is no SPIFFE ID of an agent: segment 1 of its path is empty",
    )?;
    ensure!(answer.stdout.is_empty(), "{answer:?}");
    Ok(())
}

#[test]
fn a_ban_is_made_proven_and_recorded_once() -> Result<()> {
    let folder = policies()?;
    let before = fs_err::read_to_string(folder.path().join("p/data.json"))?;
    let recorded = ["--record", "record.jsonl", "--reason", "key \"lost\"\n"];
    let banned = revoke(folder.path(), "ledger", &recorded)?;
    insta::assert_snapshot!(banned.stdout);
    ends(&banned, 0, "")?;
    ends(&check(folder.path(), "ledger", "notifier", "notify", &["--policy", "p"])?, 1, "caller_banned")?;
    ends(&revoke(folder.path(), "ledger", &recorded)?, 0, "is banned already: nothing was changed")?;

    let lines = record(folder.path())?;
    let [line] = &*lines else { anyhow::bail!("not one line: {lines:?}") };
    for (field, value) in [("operation", "ban"), ("outcome", "proven"), ("reason", "key \"lost\"\n")] {
        ensure!(line[field] == value, "{line}");
    }
    ensure!(
        line["agent"] == agent("ledger").as_str() && line["digest_before"] != line["digest_after"],
        "{line}"
    );
    let decisions = line["decisions"].as_array().map(Vec::len);
    ensure!(decisions == Some(2) && line["decisions"][0]["allowed_before"] == true, "{line}");
    ensure!(line["decisions"][0]["allowed"] == false, "{line}");

    let lifted = revoke(folder.path(), "ledger", &["--undo", "--record", "record.jsonl"])?;
    insta::assert_snapshot!(lifted.stdout);
    ends(&lifted, 0, "")?;
    ends(
        &revoke(folder.path(), "ledger", &["--undo", "--record", "record.jsonl"])?,
        0,
        "nothing was changed",
    )?;
    ensure!(fs_err::read_to_string(folder.path().join("p/data.json"))? == before, "more was changed");
    ensure!(record(folder.path())?.len() == 2, "{:?}", record(folder.path())?);
    Ok(())
}

#[test]
fn a_ban_that_is_not_in_the_record_gets_there() -> Result<()> {
    let folder = policies()?;
    // As when it was killed after the file was written; and the record has a line that was cut short.
    ends(&revoke(folder.path(), "ledger", &[])?, 0, "is banned")?;
    fs_err::write(folder.path().join("record.jsonl"), "{\"version\": 1, \"time\": \"20")?;
    for _ in 0..2 {
        ends(&revoke(folder.path(), "ledger", &["--record", "record.jsonl"])?, 0, "is banned already")?;
    }
    let text = fs_err::read_to_string(folder.path().join("record.jsonl"))?;
    let lines: Vec<&str> = text.lines().collect();
    ensure!(lines.len() == 2 && lines[1].contains("\"changed\": false"), "{text}");
    Ok(())
}

#[test]
fn nothing_is_changed_where_the_ban_would_do_harm_or_can_not_be_recorded() -> Result<()> {
    let folder = policies()?;
    let path = folder.path().join("p/data.json");
    let before = fs_err::read(&path)?;
    let id = "spiffe://agentweave.example/other/x";
    let strange = run(folder.path(), &["revoke", id, "--policy", "p", "--data", "p/data.json"])?;
    ends(
        &strange,
        2,
        "nothing was changed: with this ban the policies would decide otherwise on 16 calls of others",
    )?;
    #[cfg(unix)]
    ends(&revoke(folder.path(), "ledger", &["--record", "/dev/full"])?, 2, "is not a regular file")?;
    ends(
        &revoke(folder.path(), "ledger", &["--record", "missing/record"])?,
        2,
        "the record `missing/record` can't be written",
    )?;
    ends(&revoke(folder.path(), "ledger", &["--decision", "nothing"])?, 2, "is undefined")?;
    ends(
        &run(folder.path(), &["revoke", "ledger", "--policy", "p", "--data", "p/data.json"])?,
        2,
        "is no SPIFFE ID",
    )?;
    fs_err::write(folder.path().join("other.json"), "{\"other\": 1}")?;
    let other = ["revoke", &agent("ledger"), "--policy", "p", "--data", "other.json"];
    ends(&run(folder.path(), &other)?, 2, "is not what `other.json` says")?;
    ensure!(fs_err::read(&path)? == before, "it was changed");
    ensure!(fs_err::read_to_string(folder.path().join("other.json"))? == "{\"other\": 1}", "it was changed");
    for name in ["p", "p/authz.rego", "missing.json"] {
        ends(
            &run(folder.path(), &["revoke", &agent("ledger"), "--policy", "p", "--data", name])?,
            2,
            "error: ",
        )?;
    }
    Ok(())
}

#[test]
fn what_is_still_allowed_is_told_and_the_ban_stays() -> Result<()> {
    let folder = policies()?;
    // A policy that looks at who calls, and not at who is called.
    let policy = "package lax\n\ndefault allow := false\n\nallow if not input.caller_spiffe_id in data.banned_agents\n";
    fs_err::create_dir(folder.path().join("lax"))?;
    fs_err::write(folder.path().join("lax/lax.rego"), policy)?;
    fs_err::copy(folder.path().join("p/data.json"), folder.path().join("lax/data.json"))?;
    let id = agent("ledger");
    let arguments = [
        "revoke",
        &id,
        "--policy",
        "lax",
        "--data",
        "lax/data.json",
        "--decision",
        "lax",
        "--record",
        "record.jsonl",
    ];
    let answer = run(folder.path(), &arguments)?;
    ends(&answer, 1, "ALLOWED, was allowed: orchestrator-ledger")?;
    ensure!(fs_err::read_to_string(folder.path().join("lax/data.json"))?.contains(&id), "the ban is gone");
    ensure!(record(folder.path())?[0]["outcome"] == "still allowed", "{:?}", record(folder.path())?);
    Ok(())
}

#[test]
fn a_file_of_yaml_beside_the_policies_keeps_its_comments() -> Result<()> {
    let folder = policies()?;
    let text = fs_err::read_to_string(folder.path().join("p/data.json"))?;
    let mut data: serde_json::Value = serde_json::from_str(&text)?;
    if let Some(object) = data.as_object_mut() {
        object.remove("banned_agents");
    }
    fs_err::write(folder.path().join("p/data.json"), data.to_string())?;
    let bans = format!("# asked for by security\nbanned_agents:\n  - {} # since May\n", agent("scraper"));
    fs_err::write(folder.path().join("bans.yaml"), &bans)?;
    let id = agent("ledger");
    let arguments = ["revoke", &id, "--policy", "p", "--data", "bans.yaml"];
    ends(&run(folder.path(), &arguments)?, 0, "2 allowed before, 0 now")?;
    let after = fs_err::read_to_string(folder.path().join("bans.yaml"))?;
    ensure!(after == format!("{bans}  - {id}\n"), "{after}");
    Ok(())
}

#[test]
fn bans_at_the_same_moment_are_all_there_in_the_end() -> Result<()> {
    let folder = policies()?;
    let names = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        let runs: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(|| revoke(folder.path(), name, &["--record", "record.jsonl"])))
            .collect();
        for run in runs {
            let answer = run.join().map_err(|_| anyhow::anyhow!("a test thread panicked"))??;
            ends(&answer, 0, "no grant names it")?;
        }
        anyhow::Ok(())
    })?;
    let text = fs_err::read_to_string(folder.path().join("p/data.json"))?;
    for name in names {
        ensure!(text.contains(&agent(name)), "the ban of {name} is lost: {text}");
    }
    ensure!(record(folder.path())?.len() == names.len(), "{:?}", record(folder.path())?);
    Ok(())
}
