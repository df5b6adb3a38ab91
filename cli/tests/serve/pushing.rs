//! What is pushed: kept over a crash, seen as a whole, and not lost when files are read again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::server::{PATIENCE, Server};

const POLICY: &str = "package app\n\nversion := 1\n\nanswer := {\"rule\": version, \"data\": data.version}\n";

fn send(client: &Client, method: &str, url: &str, body: String) -> Result<(u16, Value)> {
    let answer = client.request(method.parse()?, url).body(body).send()?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_slice(&answer.bytes()?).unwrap_or_default()))
}

fn deciding(folder: &Path) -> Result<Server> {
    fs_err::write(folder.join("app.rego"), POLICY)?;
    fs_err::write(folder.join("data.json"), r#"{"version": 1, "banned": {"of_file": true}}"#)?;
    let arguments = ["--access-log", "off", "--policy", "app.rego", "data.json", "--store", "kept"];
    Server::deciding(folder, &arguments)
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut acknowledged = 0;
    for round in 0..12 {
        let server = deciding(folder.path())?;
        let url = server.url.clone();
        let client = server.client.clone();
        for number in 0..acknowledged {
            let (_, banned) =
                send(&client, "GET", &format!("{url}/v1/data/banned/n{number}"), String::new())?;
            ensure!(banned["result"] == number, "{number} of {acknowledged} in round {round}: {banned}");
        }
        if acknowledged > 0 {
            let (_, policy) = send(&client, "GET", &format!("{url}/v1/data/pushed/last"), String::new())?;
            let last = policy["result"].as_u64().unwrap_or_default();
            // The last one may not have got to the server, and one more may have been written that nobody was told of.
            ensure!(last + 2 >= acknowledged && last <= acknowledged, "{policy}, {acknowledged}");
        }
        let (_, banned) = send(&client, "GET", &format!("{url}/v1/data/banned"), String::new())?;
        let is_lifted = banned["result"].get("of_file").is_none();
        ensure!(is_lifted == (round > 0), "what was taken away stays so: {banned}");
        if round == 0 {
            ensure!(
                send(&client, "DELETE", &format!("{url}/v1/data/banned/of_file"), String::new())?.0 == 204
            );
        }
        let writer = thread::spawn(move || {
            let mut next = acknowledged;
            loop {
                let put = send(&client, "PUT", &format!("{url}/v1/data/banned/n{next}"), next.to_string());
                let Ok((204, _)) = put else { return next };
                next += 1;
                let text = format!("package pushed\n\nlast := {}\n", next - 1);
                let put = send(&client, "PUT", &format!("{url}/v1/policies/pushed"), text);
                let Ok((200, _)) = put else { return next };
            }
        });
        thread::sleep(Duration::from_millis(40 + 17 * round));
        server.signal("KILL")?;
        acknowledged = writer.join().unwrap_or_default();
    }
    ensure!(acknowledged > 10, "only {acknowledged} writes");
    Ok(())
}

#[test]
fn a_store_that_is_damaged_keeps_the_server_from_starting() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs_err::create_dir(folder.path().join("kept"))?;
    fs_err::write(folder.path().join("kept/pushed.redb"), "something else")?;
    fs_err::write(folder.path().join("app.rego"), POLICY)?;
    let output = crate::server::command()
        .current_dir(folder.path())
        .args(["serve", "-a", "127.0.0.1:0", "--policy", "app.rego", "--store", "kept"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(
        output.status.code() == Some(1) && said.contains("the store `kept/pushed.redb` can't be used"),
        "{said}"
    );
    Ok(())
}

#[test]
fn files_are_read_again_below_what_was_pushed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = deciding(folder.path())?;
    let put = |path: &str, body: &str| {
        send(&server.client, "PUT", &format!("{}{path}", server.url), body.to_owned())
    };
    ensure!(put("/v1/data/banned/agent", "true")?.0 == 204);
    ensure!(put("/v1/policies/more", "package more\n\nx := 1")?.0 == 200);
    fs_err::write(folder.path().join("data.json"), r#"{"version": 2, "banned": {}}"#)?;
    server.signal("HUP")?;
    server.until("/v1/data/version", &[], |answer| answer.body == b"{\"result\":2}\n")?;
    let data: Value = serde_json::from_slice(&server.get("/v1/data", &[])?.body)?;
    ensure!(data["result"]["banned"] == json!({"agent": true}) && data["result"]["more"]["x"] == 1, "{data}");

    fs_err::write(folder.path().join("app.rego"), "package app\n\nversion := nobody")?;
    server.signal("HUP")?;
    let refused = server.event("changed files can't be used, the old ones stay")?;
    ensure!(
        refused["reason"].as_str().is_some_and(|reason| reason.contains("nobody is unsafe")),
        "{refused}"
    );
    ensure!(server.get("/v1/data/app/version", &[])?.body == b"{\"result\":1}\n");

    // What is pushed counts over files also when it says what they say now.
    ensure!(put("/v1/policies/app.rego", POLICY)?.0 == 200);
    fs_err::write(folder.path().join("app.rego"), POLICY.replace("version := 1", "version := 5"))?;
    fs_err::write(folder.path().join("data.json"), r#"{"version": 3}"#)?;
    server.signal("HUP")?;
    server.until("/v1/data/version", &[], |answer| answer.body == b"{\"result\":3}\n")?;
    ensure!(server.get("/v1/data/app/version", &[])?.body == b"{\"result\":1}\n");
    Ok(())
}

/// Decisions under load while policies and data are replaced together: none is lost, and none is made by two versions.
/// `PORTCULLIS_SOAK_VERSIONS` says how many versions there are, for a longer run.
#[test]
fn decisions_are_made_by_one_version() -> Result<()> {
    let versions = match std::env::var("PORTCULLIS_SOAK_VERSIONS") {
        Ok(versions) => versions.parse::<u64>()?,
        Err(_) => 60,
    };
    let folder = tempfile::tempdir()?;
    let server = deciding(folder.path())?;
    let (done, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let client = || Client::builder().no_proxy().timeout(PATIENCE).build();
    thread::scope(|scope| {
        let ask = || -> Result<()> {
            let client = client()?;
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let url = format!("{}/v1/data/app/answer", server.url);
                let (status, answer) = send(&client, "POST", &url, "{\"input\": {}}".to_owned())?;
                let version = answer["result"]["data"]["v"].as_u64().or(answer["result"]["data"].as_u64());
                ensure!(status == 200 && version.is_some_and(|version| version >= last), "{status} {answer}");
                let pair = &answer["result"]["data"];
                ensure!(pair.get("w").is_none_or(|w| *w == pair["v"]), "half of a write: {answer}");
                last = version.unwrap_or_default();
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let askers: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        let write = || -> Result<()> {
            let client = client()?;
            for version in 2..versions {
                let patch = json!([
                    {"op": "add", "path": "/version", "value": {"v": version}},
                    {"op": "add", "path": "/version/w", "value": version},
                ]);
                let (status, answer) =
                    send(&client, "PATCH", &format!("{}/v1/data", server.url), patch.to_string())?;
                ensure!(status == 204, "{answer}");
                let text = POLICY.replace(":= 1", &format!(":= {version}"));
                let (status, answer) =
                    send(&client, "PUT", &format!("{}/v1/policies/app.rego", server.url), text)?;
                ensure!(status == 200, "{answer}");
            }
            Ok(())
        };
        let written = write();
        done.store(true, Ordering::Relaxed);
        for asker in askers {
            asker.join().map_err(|_| anyhow::anyhow!("an asker broke"))??;
        }
        written
    })?;
    ensure!(count.load(Ordering::Relaxed) > 50, "{count:?}");
    Ok(())
}

#[test]
fn an_evaluation_that_takes_too_long_is_ended_and_keeps_nobody_waiting() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let endless = "package app\n\nlong := count([1 | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000); x == y + input.z])\n";
    fs_err::write(folder.path().join("app.rego"), endless)?;
    let server = Server::deciding(
        folder.path(),
        &["--policy", "app.rego", "--decision-timeout", "1s", "--access-log", "off"],
    )?;
    let url = format!("{}/v1/data/app/long", server.url);
    thread::scope(|scope| {
        let long: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| send(&server.client, "POST", &url, "{\"input\": {\"z\": 1}}".to_owned())))
            .collect();
        for _ in 0..5 {
            ensure!(server.get("/health", &[])?.status == 200);
        }
        for asker in long {
            let (status, answer) = asker.join().map_err(|_| anyhow::anyhow!("it broke"))??;
            ensure!(status == 500 && answer["errors"][0]["code"] == "eval_cancel_error", "{status} {answer}");
        }
        Ok(())
    })
}

#[test]
fn decisions_are_counted_by_what_they_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let policy = "package a\n\nallow := input.ok\n\ndecision := {\"allow\": false, \"reason\": input.why}\n\n\
                  listed := {\"allow\": false, \"reasons\": input.why}\n";
    fs_err::write(folder.path().join("a.rego"), policy)?;
    let server = Server::deciding(folder.path(), &["--policy", "a.rego", "--access-log", "off"])?;
    let ask = |path: &str, input: Value| {
        send(
            &server.client,
            "POST",
            &format!("{}/v1/data/a/{path}", server.url),
            json!({ "input": input }).to_string(),
        )
    };
    ask("allow", json!({"ok": true}))?;
    ask("allow", json!({"ok": false}))?;
    ask("allow", json!({}))?;
    ask("decision", json!({"why": "unknown_caller"}))?;
    ask("listed", json!({"why": ["caller_banned", "no_matching_grant"]}))?;
    ask("listed", json!({"why": []}))?;
    for number in 0..100 {
        ask("decision", json!({"why": format!("{number}")}))?;
    }
    let from_afar =
        json!({"why": ["callee_trust_domain_unknown", "caller_trust_domain_unknown", "no_matching_grant"]});
    ask("listed", from_afar)?;
    for (name, value) in [
        ("agentweave_authz_decisions_total{decision=\"allow\"}", "1"),
        ("agentweave_authz_decisions_total{decision=\"deny\"}", "106"),
        ("agentweave_authz_denied_total{reason=\"unknown_caller\"}", "2"),
        ("agentweave_authz_denied_total{reason=\"caller_banned\"}", "1"),
        ("agentweave_authz_denied_total{reason=\"\"}", "3"),
        ("agentweave_authz_denied_total{reason=\"other\"}", "39"),
        ("http_request_duration_seconds_count{code=\"200\",handler=\"v1/data\",method=\"post\"}", "107"),
    ] {
        let found = server.metric(name)?;
        ensure!(found == value, "{name} is {found}");
    }
    Ok(())
}

#[test]
fn the_alert_of_the_guide_on_unknown_callers_fires_with_the_shipped_policy() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The pack for alerts asks for this one, and its own tests show that it takes this file.
    let alerts = root.join("testcases/agentweave-observability/testdata/observability/good/alerts.yaml");
    let alerts = fs_err::read_to_string(alerts)?;
    let alert = alerts.lines().skip_while(|line| !line.contains("UnknownCallerAttempt")).nth(1);
    let expression = alert.and_then(|line| line.trim().strip_prefix("expr: ")).context("an expression")?;
    let series = expression.strip_suffix(" > 0").context("a series that has to be above zero")?;

    let server = Server::deciding(&root, &["--policy", "policies/agentweave", "--access-log", "off"])?;
    // It is there before anything was denied, so that functions of its growth see the first denial too.
    ensure!(server.metric(series)? == "0");
    let ask = |caller: &str| {
        let input = json!({"input": {
            "caller_spiffe_id": caller,
            "callee_spiffe_id": "spiffe://agentweave.example/agent/search/production",
            "action": "search"
        }});
        let url = format!("{}/v1/data/agentweave/authz/decision", server.url);
        send(&server.client, "POST", &url, input.to_string())
    };
    for known in ["orchestrator", "scraper", "ledger"] {
        ask(&format!("spiffe://agentweave.example/agent/{known}/production"))?;
        ensure!(server.metric(series)? == "0", "{known} is known");
    }
    let (status, answer) = ask("spiffe://stranger.example/agent/orchestrator/production")?;
    ensure!(status == 200 && answer["result"]["allow"] == false, "{answer}");
    ensure!(server.metric(series)? == "1", "{series} is {}", server.metric(series)?);
    Ok(())
}
