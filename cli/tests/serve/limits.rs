//! What a client may not do to the server.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::archive::{bundle, large, put};
use crate::raw::{Raw, status_of};
use crate::server::Server;

fn started(arguments: &[&str]) -> Result<(tempfile::TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("authz.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(folder.path(), arguments)?;
    Ok((folder, server))
}

#[test]
fn who_sends_headers_too_slowly_is_cut_off() -> Result<()> {
    let (_folder, server) = started(&["--header-timeout", "1s"])?;
    let mut idle = Raw::connect(&server)?;
    let mut slow = Raw::connect(&server)?;
    slow.send("GET /bundles/authz HTTP/1.1\r\nhost: x\r\n")?;
    let start = Instant::now();
    let mut sent = 0;
    // A header now and then doesn't win time.
    while slow.send("x: y\r\n").is_ok() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(100));
        sent += 1;
    }
    ensure!(start.elapsed() < Duration::from_secs(20), "{sent} headers were taken");
    ensure!(idle.rest()?.is_empty() && start.elapsed() < Duration::from_secs(20));
    server.until_metric("portcullis_connections", "1")
}

#[test]
fn what_is_too_long_is_refused() -> Result<()> {
    let (_folder, server) = started(&["--max-header-bytes", "2048", "--max-uri-bytes", "100"])?;
    for (request, status) in [
        (format!("GET /bundles/authz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(2_100)), "431"),
        (format!("GET /bundles/authz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(200_000)), "431"),
        (format!("GET /bundles/authz HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(150)), "431"),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(100)), "414"),
        ("GET /bundles/authz?%00 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "200"),
        ("GET /bundles/authz\r\nhost: x\r\n\r\n".to_owned(), "400"),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\u{7f}\r\n\r\n".to_owned(), "400"),
    ] {
        let mut raw = Raw::connect(&server)?;
        // A server that has seen enough closes while the client still sends.
        let _ = raw.send(&request);
        let head = raw.head()?;
        let start: String = request.chars().take(40).collect();
        ensure!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{start}: {head}");
    }
    ensure!(status_of(&server, "/bundles/authz")? == "200 OK");
    Ok(())
}

#[test]
fn connections_beyond_the_limit_are_told_to_come_later() -> Result<()> {
    let (_folder, server) = started(&["--max-connections", "3"])?;
    let mut held = Vec::new();
    // The client keeps the third.
    server.get("/health", &[])?;
    for _ in 0..2 {
        let mut raw = Raw::connect(&server)?;
        raw.send("GET /health HTTP/1.1\r\nhost: x\r\n\r\n")?;
        ensure!(raw.head()?.starts_with("HTTP/1.1 200 "));
        held.push(raw);
    }
    let refused = String::from_utf8(Raw::connect(&server)?.rest()?)?;
    ensure!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 1"), "{refused}");
    server.until_metric("portcullis_connections_refused_total", "1")?;
    held.clear();
    server.until_metric("portcullis_connections", "1")
}

#[test]
fn who_takes_nothing_of_what_it_asked_for_is_cut_off() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let large = large(20_000_000)?;
    put(&folder.path().join("large.tar.gz"), &large)?;
    let server = Server::start(folder.path(), &["--write-timeout", "1s"])?;
    let mut raw = Raw::connect(&server)?;
    raw.send("GET /bundles/large HTTP/1.1\r\nhost: x\r\n\r\n")?;
    raw.head()?;
    let line = server.line(&|line| line["path"] == "/bundles/large")?;
    ensure!(
        line["cut"] == true
            && line["status"] == 200
            && line["bytes"].as_u64() < u64::try_from(large.len()).ok(),
        "{line}"
    );
    server.until_metric("portcullis_connections", "1")
}

#[test]
fn bodies_mean_nothing_and_are_not_waited_for() -> Result<()> {
    let (_folder, server) = started(&[])?;
    for (method, status) in [("GET", "200"), ("POST", "405")] {
        let mut raw = Raw::connect(&server)?;
        raw.send(&format!(
            "{method} /bundles/authz HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\nabc"
        ))?;
        let head = raw.head()?;
        ensure!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        raw.rest()?;
    }
    Ok(())
}
