//! Changes of bundles (delta bundles), which OPA and a server here get from the same service and make alike.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::archive::archive;
use crate::opa::Opa;
use crate::server::{PATIENCE, Server};
use crate::test_server::{Reply, TestServer};

/// Revisions in the order in which they are served: the members of each.
fn revisions() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let manifest = |text: &str| ("/.manifest", text.to_owned());
    let delta = |revision: &'static str, changes: &str| {
        let manifest = manifest(&format!("{{\"revision\":\"{revision}\",\"roots\":[\"d\",\"e/f\"]}}"));
        (revision, vec![manifest, ("/patch.json", format!("{{\"data\":{changes}}}"))])
    };
    let policy = ("/p.rego", "package d.p\n\nsum := data.d.n + 1\n".to_owned());
    let data = ("/data.json", r#"{"d":{"n":1,"l":[1,2,3],"o":{"k":{}}},"e":{"f":{"x":1}}}"#.to_owned());
    vec![
        (
            "r1",
            vec![
                manifest(r#"{"revision":"r1","roots":["d","e/f"],"metadata":{"a":1}}"#),
                policy.clone(),
                data,
            ],
        ),
        delta("r2", r#"[{"op":"upsert","path":"/d/n","value":2}]"#),
        delta("r3", r#"[{"op":"replace","path":"d/n","value":3},{"op":"remove","path":"/d/o/k"}]"#),
        delta(
            "r4",
            r#"[{"op":"upsert","path":"/d/new/deep/er","value":{"a":[1]}},{"op":"upsert","path":"/e/f","value":2}]"#,
        ),
        delta(
            "r5",
            r#"[{"op":"upsert","path":"/d/l/1","value":"in between"},{"op":"upsert","path":"/d/l/-","value":"last"},{"op":"remove","path":"/d/l/0"}]"#,
        ),
        delta(
            "r6",
            r#"[{"op":"upsert","path":"/d/a~1b/c~0d","value":1},{"op":"upsert","path":"/d/g%20h","value":1}]"#,
        ),
        // Nothing of these is done, not even what comes before the operation that fails.
        delta("absent", r#"[{"op":"upsert","path":"/d/n","value":9},{"op":"remove","path":"/d/absent"}]"#),
        delta("replaced", r#"[{"op":"replace","path":"/d/absent","value":1}]"#),
        delta("unknown", r#"[{"op":"upsert","path":"/d/n","value":9},{"op":"add","path":"/d/n","value":1}]"#),
        delta("conflict", r#"[{"op":"upsert","path":"/d/n/deeper/still","value":1}]"#),
        delta("range", r#"[{"op":"upsert","path":"/d/l/7","value":1}]"#),
        delta("outside", r#"[{"op":"upsert","path":"/elsewhere","value":1}]"#),
        delta("above", r#"[{"op":"upsert","path":"/e","value":{"f":1}}]"#),
        delta("beside", r#"[{"op":"upsert","path":"/dd","value":1}]"#),
        delta("rule", r#"[{"op":"upsert","path":"/d/p","value":{"sum":1}}]"#),
        (
            "roots",
            vec![
                manifest(r#"{"revision":"roots","roots":["d"]}"#),
                ("/patch.json", r#"{"data":[{"op":"upsert","path":"/d/n","value":9}]}"#.to_owned()),
            ],
        ),
        (
            "mixed",
            vec![
                manifest(r#"{"revision":"mixed","roots":["d","e/f"]}"#),
                policy.clone(),
                ("/patch.json", r#"{"data":[{"op":"upsert","path":"/d/n","value":9}]}"#.to_owned()),
            ],
        ),
        // After all that the last good one is changed again.
        delta("r7", r#"[{"op":"upsert","path":"/d/n","value":7}]"#),
        // No changes make it a whole bundle.
        (
            "r8",
            vec![
                manifest(r#"{"revision":"r8","roots":["d","e/f"]}"#),
                policy,
                ("/d/data.json", r#"{"n":8}"#.to_owned()),
                // Where nothing would be left, OPA leaves an empty object behind.
                ("/e/f/data.json", "[]".to_owned()),
                ("/patch.json", r#"{"data":[]}"#.to_owned()),
            ],
        ),
        (
            "r9",
            vec![
                manifest(r#"{"revision":"r9","roots":["e/f","d"],"metadata":{"from":"r8"}}"#),
                ("/patch.json", r#"{"data":[{"op":"replace","path":"/d/n","value":{"a":null}}]}"#.to_owned()),
            ],
        ),
    ]
}

/// What is served, and how often each client asked since that was changed.
#[derive(Default)]
struct Desk {
    revision: String,
    archive: Vec<u8>,
    asked: [u32; 2],
}

fn serve(desk: &Arc<Mutex<Desk>>) -> TestServer {
    let desk = Arc::clone(desk);
    TestServer::start(move |_, request| {
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        let is_opa = request.headers.get("user-agent").is_some_and(|name| name.starts_with("Open"));
        desk.asked[usize::from(is_opa)] += 1;
        let etag = format!("\"{}\"", desk.revision);
        if request.headers.get("if-none-match") == Some(&etag) {
            return Reply::status(304);
        }
        let takes_deltas = request.headers.get("prefer").is_some_and(|modes| modes.contains("delta"));
        let body = if takes_deltas { desk.archive.clone() } else { Vec::new() };
        Reply { status: 200, headers: vec![("ETag", etag)], body, cut: 0 }
    })
}

/// Waits until a client had what is served, and asked again, so that it is done with it.
fn until_taken(desk: &Mutex<Desk>, client: usize) -> Result<()> {
    let start = Instant::now();
    while desk.lock().unwrap_or_else(PoisonError::into_inner).asked[client] < 2 {
        ensure!(start.elapsed() < PATIENCE, "{client} does not ask");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// All data, and what came of the bundle.
fn state(url: &str) -> Result<Value> {
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    let get = |path: &str| -> Result<Value> {
        Ok(serde_json::from_slice(&client.get(format!("{url}{path}")).send()?.bytes()?)?)
    };
    let status = &get("/v1/status")?["result"]["bundles"]["b"];
    let kept = ["active_revision", "code", "message", "type", "errors"];
    // Modules that were activated earlier are called by their bundle too in OPA.
    let status: Value = serde_json::from_str(&status.to_string().replace("\"b/p.rego\"", "\"p.rego\""))?;
    let status: serde_json::Map<_, _> =
        kept.iter().map(|name| ((*name).to_owned(), status[name].clone())).collect();
    Ok(json!({"data": get("/v1/data")?["result"], "status": status}))
}

#[test]
fn a_series_of_changes_good_and_bad_leads_where_it_leads_opa() -> Result<()> {
    let desk: Arc<Mutex<Desk>> = Arc::default();
    let service = serve(&desk);
    let configuration = format!(
        "services: {{s: {{url: '{}'}}}}\nstatus: {{console: true}}\n\
         bundles: {{b: {{polling: {{min_delay_seconds: 0, max_delay_seconds: 0}}}}}}\n",
        service.url()
    );
    let (folder, opa_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    fs_err::write(folder.path().join("opa.yaml"), &configuration)?;
    let mut running = None;
    let mut good = Vec::new();
    for (revision, members) in revisions() {
        let members: Vec<(&str, &str)> = members.iter().map(|(path, text)| (*path, &**text)).collect();
        *desk.lock().unwrap_or_else(PoisonError::into_inner) =
            Desk { revision: revision.to_owned(), archive: archive(&members)?, asked: [0; 2] };
        if running.is_none() {
            let server = Server::deciding(folder.path(), &["--access-log", "off", "-c", "opa.yaml"])?;
            running = Some((server, Opa::start_with(opa_folder.path(), &configuration, &[])?));
        }
        let (server, opa) = running.as_ref().context("they run")?;
        until_taken(&desk, 0)?;
        let ours = state(&server.url)?;
        if ours["status"]["active_revision"] == revision {
            good.push(revision);
            ensure!(ours["status"]["code"].is_null(), "{revision}: {ours}");
        } else {
            ensure!(ours["status"]["code"] == "bundle_error", "{revision}: {ours}");
            ensure!(ours["status"]["active_revision"] == *good.last().context("a good one")?, "{ours}");
        }
        let Some(opa) = opa else { continue };
        until_taken(&desk, 1)?;
        let theirs = state(&format!("http://{}", opa.authority()))?;
        ensure!(ours == theirs, "{revision}:\n{ours}\n{theirs}");
    }
    ensure!(good == ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"], "{good:?}");
    Ok(())
}
