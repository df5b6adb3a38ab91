//! A server that decides by bundles which it fetches from another one.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::archive::{archive, delta, put};
use crate::server::{Answer, Server};
use crate::signed::Publisher;

/// Whether the document is this text.
fn is(answer: &Answer, text: &str) -> bool {
    serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body["result"] == text)
}

/// Starts a server by a configuration in a folder.
fn follow(folder: &Path, configuration: &str) -> Result<Server> {
    fs_err::write(folder.join("opa.yaml"), configuration)?;
    Server::deciding(folder, &["--access-log", "off", "-c", "opa.yaml"])
}

#[test]
fn signed_revisions_are_followed_through_restarts_and_nothing_else_is_taken() -> Result<()> {
    let (publisher, stranger) = (Publisher::new()?, Publisher::new()?);
    let (bundles, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    put(&bundles.path().join("authz.tar.gz"), &publisher.bundle("r1")?)?;
    let source = publisher.serve("127.0.0.1:0", bundles.path())?;
    let address = source.authority().to_owned();
    let configuration = format!(
        "services: {{source: {{url: 'http://{address}'}}}}
keys: {{k: {{algorithm: ES256, key: '{}'}}}}
bundles:
  authz:
    persist: true
    signing: {{keyid: k}}
    polling: {{min_delay_seconds: 0, max_delay_seconds: 0, long_polling_timeout_seconds: 30}}
status: {{}}
",
        publisher.key().display()
    );
    let server = follow(folder.path(), &configuration)?;
    server.until("/health?bundles", &[], |answer| answer.status == 200)?;
    server.until("/v1/data/p/revision", &[], |answer| is(answer, "r1"))?;
    // The service waits for it, and so it comes at once.
    put(&bundles.path().join("authz.tar.gz"), &publisher.bundle("r2")?)?;
    server.until("/v1/data/p/revision", &[], |answer| is(answer, "r2"))?;
    let provenance: Value = serde_json::from_slice(&server.get("/v1/data?provenance", &[])?.body)?;
    assert_eq!(provenance["provenance"]["bundles"]["authz"]["revision"], "r2");

    // The service is gone, and the server starts again.
    drop((source, server));
    let server = follow(folder.path(), &configuration)?;
    assert_eq!(server.get("/health?bundles", &[])?.status, 200);
    assert!(is(&server.get("/v1/data/p/revision", &[])?, "r2"), "what was kept decides");

    // Whoever took its place signs with another key.
    put(&bundles.path().join("authz.tar.gz"), &stranger.bundle("r3")?)?;
    let other = Server::start_as(&address, bundles.path(), &[], reqwest::blocking::Client::builder())?;
    let status = server.until("/v1/status", &[], |answer| {
        String::from_utf8_lossy(&answer.body).contains("failed to verify JWT signature")
    })?;
    let status: Value = serde_json::from_slice(&status.body)?;
    let bundle = &status["result"]["bundles"]["authz"];
    assert_eq!((&bundle["code"], &bundle["active_revision"]), (&"bundle_error".into(), &"r2".into()));
    assert!(is(&server.get("/v1/data/p/revision", &[])?, "r2"));
    drop(other);

    let source = publisher.serve(&address, bundles.path())?;
    put(&bundles.path().join("authz.tar.gz"), &publisher.bundle("r4")?)?;
    server.until("/v1/data/p/revision", &[], |answer| is(answer, "r4"))?;
    server
        .until("/v1/status", &[], |answer| !String::from_utf8_lossy(&answer.body).contains("bundle_error"))?;
    drop(source);
    Ok(())
}

#[test]
fn changes_are_applied_and_what_does_not_compile_is_not() -> Result<()> {
    let (bundles, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let snapshot = |revision: &str| {
        let manifest = format!("{{\"revision\": \"{revision}\", \"roots\": [\"d\"]}}");
        let data = format!("{{\"d\": {{\"now\": \"{revision}\", \"kept\": 1}}}}");
        archive(&[("/data.json", &data), ("/.manifest", &manifest)])
    };
    put(&bundles.path().join("b.tar.gz"), &snapshot("r1")?)?;
    let source = Server::start(bundles.path(), &[])?;
    let server = follow(
        folder.path(),
        &format!(
            "services: {{source: {{url: '{}'}}}}
bundles: {{b: {{polling: {{min_delay_seconds: 0, max_delay_seconds: 0, long_polling_timeout_seconds: 30}}}}}}
",
            source.url
        ),
    )?;
    server.until("/v1/data/d/now", &[], |answer| is(answer, "r1"))?;
    put(&bundles.path().join("b.delta.tar.gz"), &delta("r1", "r2")?)?;
    put(&bundles.path().join("b.tar.gz"), &snapshot("r2")?)?;
    server.until("/v1/data/d/now", &[], |answer| is(answer, "r2"))?;
    let document: Value = serde_json::from_slice(&server.get("/v1/data/d", &[])?.body)?;
    assert_eq!(document["result"]["kept"], 1);
    let refused = server.ask("DELETE", "/v1/data/d/now", &[])?;
    assert_eq!(refused.status, 400, "{refused:?}");

    let broken = archive(&[
        ("/p.rego", "package d\n\nx := y"),
        ("/.manifest", "{\"revision\": \"r3\", \"roots\": [\"d\"]}"),
    ])?;
    put(&bundles.path().join("b.tar.gz"), &broken)?;
    let told = server.event("a bundle can't be brought up to date")?;
    assert!(told["details"].as_str().is_some_and(|text| text.contains("var y is unsafe")), "{told}");
    assert!(is(&server.get("/v1/data/d/now", &[])?, "r2"));
    Ok(())
}
