//! `audit`: what is flagged, what changed since, and what each format has.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::run::{Answer, run};

const NOW: [&str; 2] = ["--now", "2026-06-30T00:00:00Z"];

/// A policy that lets in whom a grant names, and everybody for `open`; nobody knows about `odd`.
const POLICY: &str = "package agentweave.authz

allow if {
	input.action != \"odd\"
	some grant in data.grants
	grant.caller == input.caller_spiffe_id
	grant.callee == input.callee_spiffe_id
	input.action in grant.actions
	not input.caller_spiffe_id in data.banned_agents
	input.action != \"never\"
}

allow if input.action == \"open\"

allow := false if {
	not input.action in {\"odd\", \"open\"}
	not granted
}

allow := false if input.caller_spiffe_id in data.banned_agents

allow := false if input.action == \"never\"

granted if {
	some grant in data.grants
	grant.caller == input.caller_spiffe_id
	grant.callee == input.callee_spiffe_id
	input.action in grant.actions
}
";

fn id(name: &str) -> String {
    format!("spiffe://a.example/{name}")
}

fn grant(name: &str, from: &str, to: &str, actions: &[&str]) -> Value {
    json!({ "id": name, "caller": id(from), "callee": id(to), "actions": actions })
}

fn folder(grants: &Value) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs_err::create_dir(folder.path().join("p"))?;
    fs_err::write(folder.path().join("p/authz.rego"), POLICY)?;
    let partners = json!([{ "trust_domain": "b.example", "may_call": [] }]);
    let data = json!({ "grants": grants, "banned_agents": [id("bad")], "federation": partners });
    fs_err::write(folder.path().join("p/data.json"), data.to_string())?;
    Ok(folder)
}

fn audit(folder: &Path, more: &[&str]) -> Result<Answer> {
    run(folder, &[&["audit", "--policy", "p"], &NOW[..], more].concat())
}

fn review(folder: &Path, more: &[&str]) -> Result<Value> {
    let answer = audit(folder, &[more, &["-f", "json"]].concat())?;
    serde_json::from_str(&answer.stdout).with_context(|| format!("{answer:?}"))
}

/// The flags with what they are about.
fn flags(review: &Value) -> Vec<(String, String)> {
    let text =
        |flag: &Value, name: &str| flag.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = review.get("flags").and_then(Value::as_array).into_iter().flatten();
    list.map(|flag| (text(flag, "flag"), text(flag, "subject"))).collect()
}

fn pair(flag: &str, subject: &str) -> (String, String) {
    (flag.to_owned(), subject.to_owned())
}

#[test]
fn everything_that_grants_say_wrong_is_flagged() -> Result<()> {
    let grants = json!([
        grant("fine", "x", "y", &["read"]),
        grant("twice", "x", "y", &["read"]),
        grant("dead", "x", "y", &["never"]),
        grant("empty", "x", "y", &[]),
        grant("of-bad", "bad", "y", &["read"]),
        grant("star", "x", "y", &["*"]),
        { "id": "broken", "caller": id("x"), "callee": id("y"), "actions": "read" },
    ]);
    let folder = folder(&grants)?;
    fs_err::write(folder.path().join("agents.txt"), format!("# who exists\n{}\n{}\n", id("x"), id("bad")))?;
    let found = review(folder.path(), &["--agents", "agents.txt"])?;
    let call = format!("{} -> {} read", id("x"), id("y"));
    let mut wanted = vec![
        pair("unknown-agent", "dead"),
        pair("unknown-agent", "empty"),
        pair("unknown-agent", "fine"),
        pair("unknown-agent", "of-bad"),
        pair("unknown-agent", "star"),
        pair("unknown-agent", "twice"),
        pair("wildcard-grant", "star"),
        pair("unreadable-grant", "broken"),
        pair("banned-with-grants", &id("bad")),
        pair("dead-grant", "dead"),
        pair("dead-grant", "empty"),
        pair("partner-reach", "b.example"),
        pair("repeated-grant", &call),
    ];
    wanted.sort();
    let mut flags = flags(&found);
    flags.sort();
    ensure!(flags == wanted, "{flags:#?}");
    Ok(())
}

#[test]
fn what_no_grant_names_and_what_is_not_decided_is_told() -> Result<()> {
    let folder = folder(&json!([grant("g", "x", "y", &["open", "odd"])]))?;
    let answer = audit(folder.path(), &["-f", "json"])?;
    ensure!(
        answer.exit_code == Some(2) && answer.stderr.contains("the review is not complete"),
        "{answer:?}"
    );
    let found: Value = serde_json::from_str(&answer.stdout)?;
    let flags = flags(&found);
    ensure!(flags.contains(&pair("undecided", &format!("{} -> {} odd", id("x"), id("y")))), "{flags:?}");
    let open = format!("{} -> {} open", id("x"), id("bad"));
    ensure!(flags.contains(&pair("allowed-without-grant", &open)), "{flags:?}");
    // Nothing that is undecided counts as denied.
    let decided = found.get("decided").context("counts")?;
    let cells = 2 * 2;
    ensure!(decided.get("undecided") == Some(&json!(cells)), "{decided}");
    ensure!(decided.get("denied") == Some(&json!(2)), "{decided}");
    Ok(())
}

#[test]
fn logs_tell_what_is_used() -> Result<()> {
    let grants = json!([
        grant("used", "x", "y", &["read"]),
        grant("old", "x", "z", &["read"]),
        grant("broad", "y", "z", &["read", "write"]),
        grant("asked", "z", "y", &["read"]),
    ]);
    let folder = folder(&grants)?;
    let line = |from: &str, to: &str, time: &str, result: &Value| {
        let input = json!({ "caller_spiffe_id": id(from), "callee_spiffe_id": id(to), "action": "read" });
        json!({ "path": "agentweave/authz/allow", "timestamp": time, "input": input, "result": result })
            .to_string()
    };
    let recent = "2026-06-01T00:00:00.5Z";
    let lines = [
        line("x", "y", recent, &json!(true)),
        line("x", "z", "2026-01-01T00:00:00Z", &json!({ "allow": true })),
        line("y", "z", recent, &json!(true)),
        // Denied, undefined and other decisions use nothing.
        line("z", "y", recent, &json!(false)),
        line("z", "y", recent, &Value::Null),
        line("z", "y", recent, &json!(true)).replace("agentweave/authz", "other/authz"),
        json!({ "level": "info", "msg": "a line of the console" }).to_string(),
    ];
    let wanted = [pair("unused-grant", "asked"), pair("unused-grant", "old"), pair("broad-grant", "broad")];
    fs_err::write(folder.path().join("log.jsonl"), lines.join("\n"))?;
    fs_err::write(folder.path().join("log.json"), format!("[{}]", lines.join(",")))?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(lines.join("\n").as_bytes())?;
    fs_err::write(folder.path().join("log.jsonl.gz"), packed.finish()?)?;
    for log in ["log.jsonl", "log.json", "log.jsonl.gz"] {
        let found = review(folder.path(), &["--decision-log", log])?;
        let flags: Vec<_> = flags(&found).into_iter().filter(|(flag, _)| flag != "partner-reach").collect();
        ensure!(flags == wanted, "{log}: {flags:?}");
        ensure!(found.get("logged") == Some(&json!(4)), "{log}: {found}");
    }
    let found = review(folder.path(), &["--decision-log", "log.jsonl", "--unused-days", "365"])?;
    ensure!(!flags(&found).contains(&pair("unused-grant", "old")), "{found}");
    Ok(())
}

#[test]
fn a_later_review_tells_what_changed() -> Result<()> {
    let folder = folder(&json!([grant("a", "x", "y", &["read"]), grant("dead", "x", "y", &["never"])]))?;
    fs_err::write(folder.path().join("before.json"), audit(folder.path(), &["-f", "json"])?.stdout)?;
    let same = audit(folder.path(), &["--baseline", "before.json", "--fail-on", "new-access"])?;
    ensure!(same.exit_code == Some(0) && same.stdout.contains("the same calls are allowed"), "{same:?}");
    let data = json!({ "grants": [grant("b", "x", "y", &["write"])], "banned_agents": [] });
    fs_err::write(folder.path().join("p/data.json"), data.to_string())?;
    let answer = audit(folder.path(), &["--baseline", "before.json", "--fail-on", "dead-grant,new-access"])?;
    ensure!(answer.exit_code == Some(1), "{answer:?}");
    insta::assert_snapshot!(answer.stdout);
    let calm = audit(folder.path(), &["--baseline", "before.json", "--fail-on", "dead-grant"])?;
    ensure!(calm.exit_code == Some(0), "{calm:?}");
    Ok(())
}

#[test]
fn spire_says_who_exists() -> Result<()> {
    let folder = folder(&json!([grant("g", "x", "y", &["read"])]))?;
    let entry = |path: &str| json!({ "id": "1", "spiffe_id": { "trust_domain": "a.example", "path": path } });
    let entries = json!({ "entries": [entry("/x"), entry("/y"), entry("/new")] });
    fs_err::write(folder.path().join("entries.json"), entries.to_string())?;
    let found = review(folder.path(), &["--agents", "entries.json"])?;
    ensure!(!flags(&found).iter().any(|(flag, _)| flag == "unknown-agent"), "{found}");
    ensure!(found.pointer("/size/callers") == Some(&json!(4)), "{found}");
    for (text, said) in [
        ("{\"entries\": 1}", "it is no list of ids"),
        ("[\"spiffe://a\"]", "`spiffe://a` is no SPIFFE ID"),
        ("x\n", "`x` is no SPIFFE ID"),
        ("[", "can't be used"),
    ] {
        fs_err::write(folder.path().join("bad"), text)?;
        let answer = audit(folder.path(), &["--agents", "bad"])?;
        ensure!(answer.exit_code == Some(2) && answer.stderr.contains(said), "{answer:?}");
    }
    Ok(())
}

#[test]
fn denials_without_a_test_are_told() -> Result<()> {
    let folder = folder(&json!([grant("g", "x", "y", &["read"]), grant("h", "y", "x", &["read"])]))?;
    let input = |from: &str, action: &str| {
        format!("{{caller_spiffe_id: \"{}\", callee_spiffe_id: \"{}\", action: {action}}}", id(from), id("y"))
    };
    let suite = format!(
        "suite: calls\nquery: data.agentweave.authz.allow\ncases:\n  - {{name: in, input: {}, expect: allow}}\n  - {{name: out, input: {}, expect: deny}}\n",
        input("x", "read"),
        input("x", "write")
    );
    fs_err::create_dir(folder.path().join("t"))?;
    fs_err::write(folder.path().join("t/calls.suite.yaml"), suite)?;
    let found = review(folder.path(), &["--tests", "t"])?;
    let untested: Vec<_> = flags(&found).into_iter().filter(|(flag, _)| flag == "untested-denial").collect();
    ensure!(untested == [pair("untested-denial", &id("y"))], "{untested:?}");
    Ok(())
}

#[test]
fn tables_and_pages_hold_whatever_is_granted() -> Result<()> {
    let hostile = "<script>alert(1)</script>\",=1";
    let folder = folder(&json!([grant(hostile, "x", "y", &["read", "=cmd"])]))?;
    let table = audit(folder.path(), &["-f", "csv"])?.stdout;
    ensure!(table.contains("\"'=cmd\",\"allowed\",\"<script>alert(1)</script>\"\",=1\"\r\n"), "{table}");
    let page = audit(folder.path(), &["-f", "html"])?.stdout;
    ensure!(page.matches("<script>").count() == 1 && page.contains("&lt;script&gt;alert(1)"), "{page}");
    ensure!(!page.contains("http://") && !page.contains("https://") && !page.contains(" src="), "{page}");
    insta::assert_snapshot!(page);
    Ok(())
}

#[test]
fn the_policy_of_the_review_names_the_digest_of_its_script() -> Result<()> {
    let folder = folder(&json!([]))?;
    let page = audit(folder.path(), &["-f", "html"])?.stdout;
    let between = |start: &str, end: &str| {
        let (_, after) = page.split_once(start)?;
        after.split_once(end).map(|(found, _)| found.to_owned())
    };
    let script = between("<script>", "</script>").context("a script")?;
    let named = between("script-src 'sha256-", "'").context("a digest")?;
    // Of our own functions, each compared with OPA's elsewhere.
    fs_err::write(folder.path().join("input.json"), Value::from(script).to_string())?;
    let digest = run(folder.path(), &["eval", "-f", "raw", "crypto.sha256(input)", "-i", "input.json"])?;
    let bytes = data_encoding::HEXLOWER.decode(digest.stdout.trim().as_bytes())?;
    let digest = data_encoding::BASE64.encode(&bytes);
    ensure!(named == digest, "write `{digest}` into cli/src/report/audit/html.rs");
    Ok(())
}
