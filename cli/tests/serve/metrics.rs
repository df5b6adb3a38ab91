//! Metrics and the access log.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::archive::{bundle, put};
use crate::server::{PATIENCE, Server};

#[test]
fn what_is_served_is_counted_by_code_and_bundle() -> Result<()> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("authz.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(folder.path(), &[])?;
    let etag = server.get("/bundles/authz", &[])?.header("etag").to_owned();
    server.get("/bundles/authz", &[])?;
    server.get("/bundles/authz", &[("if-none-match", &etag)])?;
    for path in ["/bundles/made-up", "/bundles/by-clients", "/bundles/%"] {
        server.get(path, &[])?;
    }
    let answer = server.get("/metrics", &[])?;
    ensure!(answer.header("content-type").starts_with("application/openmetrics-text"), "{answer:?}");
    let text = String::from_utf8(answer.body)?;
    let sent = format!("portcullis_sent_bytes_total{{bundle=\"authz\"}} {}", 2 * bundle("r1")?.len());
    for line in [
        "portcullis_requests_total{code=\"200\",bundle=\"authz\"} 2",
        "portcullis_requests_total{code=\"304\",bundle=\"authz\"} 1",
        "portcullis_requests_total{code=\"404\",bundle=\"\"} 2",
        "portcullis_requests_total{code=\"400\",bundle=\"\"} 1",
        "portcullis_bundle_activations_total{bundle=\"authz\"} 1",
        "portcullis_bundle_verification_failures_total{bundle=\"authz\"} 0",
        "portcullis_log_lines_lost_total 0",
        &sent,
        "# EOF",
    ] {
        ensure!(text.lines().any(|found| found == line), "no `{line}` in {text}");
    }
    ensure!(!text.contains("made-up"), "clients can make names up: {text}");
    let age = server.metric("portcullis_bundle_revision_age_seconds{bundle=\"authz\"}")?.parse::<f64>()?;
    ensure!(age > 0.0 && age < PATIENCE.as_secs_f64(), "{age}");
    Ok(())
}

#[test]
fn the_access_log_can_go_to_a_file_that_may_be_moved_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let logs = tempfile::tempdir()?;
    let (log, moved) = (logs.path().join("access.log"), logs.path().join("access.log.1"));
    let server = Server::start(folder.path(), &["--access-log", log.to_str().context("a name")?])?;
    let until = |path: &std::path::Path, target: &str| -> Result<Value> {
        let start = std::time::Instant::now();
        loop {
            let text = fs_err::read_to_string(path).unwrap_or_default();
            if let Some(line) = text.lines().find(|line| line.contains(target)) {
                return Ok(serde_json::from_str(line)?);
            }
            ensure!(start.elapsed() < PATIENCE, "no {target} in {text}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    server.get("/bundles/first?secret=1", &[("user-agent", "OPA")])?;
    let line = until(&log, "/bundles/first")?;
    ensure!(
        line["path"] == "/bundles/first" && line["user_agent"] == "OPA" && line["status"] == 404,
        "{line}"
    );
    fs_err::rename(&log, &moved)?;
    server.signal("HUP")?;
    let start = std::time::Instant::now();
    while !log.exists() {
        ensure!(start.elapsed() < PATIENCE, "the log is not opened anew");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.get("/bundles/second", &[])?;
    until(&log, "/bundles/second")?;
    ensure!(!fs_err::read_to_string(&moved)?.contains("second"));
    Ok(())
}
