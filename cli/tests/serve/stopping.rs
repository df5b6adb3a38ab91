//! How the server ends: what was begun is finished, within a bound.

use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::archive::{large, put};
use crate::raw::Raw;
use crate::server::Server;

/// A server, and a client that has read the head of a large answer.
fn downloading(grace: &str) -> Result<(tempfile::TempDir, Server, Raw, usize)> {
    let folder = tempfile::tempdir()?;
    let bytes = large(20_000_000)?;
    put(&folder.path().join("large.tar.gz"), &bytes)?;
    let server = Server::start(folder.path(), &["--shutdown-grace-period", grace])?;
    let mut raw = Raw::connect(&server)?;
    raw.send("GET /bundles/large HTTP/1.1\r\nhost: x\r\n\r\n")?;
    raw.head()?;
    Ok((folder, server, raw, bytes.len()))
}

#[test]
fn a_download_that_was_begun_is_finished() -> Result<()> {
    let (_folder, mut server, mut raw, length) = downloading("20s")?;
    server.signal("TERM")?;
    server.event("ending")?;
    let start = Instant::now();
    while Raw::connect(&server).is_ok() {
        ensure!(start.elapsed() < Duration::from_secs(10), "it still accepts connections");
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(300));
    let mut body = Vec::new();
    raw.0.read_to_end(&mut body)?;
    ensure!(body.len() == length, "{} of {length} bytes came", body.len());
    ensure!(server.end()?.code() == Some(0));
    server.event("ended").map(|_| ())
}

#[test]
fn a_download_that_takes_too_long_is_not_waited_for() -> Result<()> {
    let (_folder, mut server, raw, _) = downloading("1s")?;
    let start = Instant::now();
    server.signal("INT")?;
    ensure!(server.end()?.code() == Some(0));
    ensure!(start.elapsed() >= Duration::from_secs(1) && start.elapsed() < Duration::from_secs(15));
    server.event("ended before everything was sent")?;
    drop(raw);
    Ok(())
}

#[test]
fn a_second_signal_ends_it_at_once() -> Result<()> {
    let (_folder, mut server, raw, _) = downloading("1h")?;
    server.signal("TERM")?;
    server.event("ending")?;
    server.signal("TERM")?;
    ensure!(server.end()?.code() == Some(0));
    drop(raw);
    Ok(())
}
