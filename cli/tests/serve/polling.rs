//! Long polling: who has what there is may wait for something else.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::archive::{bundle, put};
use crate::server::{Answer, Server};

/// A server with one bundle, `authz`, and its entity tag.
fn started(arguments: &[&str]) -> Result<(tempfile::TempDir, Server, String)> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("authz.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(folder.path(), arguments)?;
    let etag = server.get("/bundles/authz", &[])?.header("etag").to_owned();
    Ok((folder, server, etag))
}

/// Asks with a wait, does something once the server knows of it, and gives the answer and how long it took from then.
fn while_waiting(
    server: &Server,
    etag: &str,
    act: impl FnOnce() -> Result<()>,
) -> Result<(Answer, Duration)> {
    thread::scope(|scope| {
        let headers = [("if-none-match", etag), ("prefer", "modes=snapshot,delta;wait=25")];
        let asked = scope.spawn(move || server.get("/bundles/authz", &headers));
        server.until_metric("portcullis_long_polls{bundle=\"authz\"}", "1")?;
        let start = Instant::now();
        act()?;
        let answer = asked.join().map_err(|_| anyhow::anyhow!("the client panicked"))??;
        Ok((answer, start.elapsed()))
    })
}

#[test]
fn a_new_revision_wakes_who_waits_for_it() -> Result<()> {
    let (folder, server, etag) = started(&[])?;
    let path = folder.path().join("authz.tar.gz");
    let (answer, took) = while_waiting(&server, &etag, || put(&path, &bundle("r2")?))?;
    ensure!(answer.status == 200 && answer.body == bundle("r2")?, "{answer:?}");
    ensure!(answer.header("content-type") == "application/vnd.openpolicyagent.bundles", "{answer:?}");
    ensure!(took < Duration::from_secs(10), "it took {took:?}");
    server.until_metric("portcullis_long_polls{bundle=\"authz\"}", "0")
}

#[test]
fn a_file_that_is_written_again_with_the_same_content_wakes_nobody() -> Result<()> {
    let (folder, server, etag) = started(&["--max-wait", "2s"])?;
    let path = folder.path().join("authz.tar.gz");
    let (answer, _) = while_waiting(&server, &etag, || put(&path, &bundle("r1")?))?;
    ensure!(answer.status == 304 && server.count("a bundle is served") == 1, "{answer:?}");
    Ok(())
}

#[test]
fn a_bundle_that_goes_away_wakes_who_waits_for_it() -> Result<()> {
    let (folder, server, etag) = started(&[])?;
    let path = folder.path().join("authz.tar.gz");
    let (answer, _) = while_waiting(&server, &etag, || Ok(fs_err::remove_file(&path)?))?;
    ensure!(answer.status == 404, "{answer:?}");
    Ok(())
}

#[test]
fn waiting_ends_with_304_and_never_takes_longer_than_the_server_allows() -> Result<()> {
    let (_folder, server, etag) = started(&["--max-wait", "2s"])?;
    for (prefer, least) in
        [("wait=1", 1), ("wait=3600", 2), ("wait=18446744073709551615", 2), ("wait=0", 0), ("wait=x", 0)]
    {
        let start = Instant::now();
        let answer = server.get("/bundles/authz", &[("if-none-match", &etag), ("prefer", prefer)])?;
        let took = start.elapsed();
        ensure!(answer.status == 304 && answer.header("etag") == etag, "{prefer}: {answer:?}");
        let least = Duration::from_secs(least);
        ensure!(took >= least && took < least + Duration::from_secs(10), "{prefer}: {took:?}");
    }
    Ok(())
}

#[test]
fn who_has_something_else_does_not_wait() -> Result<()> {
    let (_folder, server, _) = started(&[])?;
    for headers in [&[("prefer", "wait=20")][..], &[("prefer", "wait=20"), ("if-none-match", "\"other\"")]] {
        let start = Instant::now();
        let answer = server.get("/bundles/authz", headers)?;
        ensure!(answer.status == 200 && start.elapsed() < Duration::from_secs(10), "{answer:?}");
    }
    Ok(())
}

#[test]
fn a_client_that_goes_away_is_not_waited_for() -> Result<()> {
    let (_folder, server, etag) = started(&[])?;
    let mut raw = crate::raw::Raw::connect(&server)?;
    raw.send(&format!(
        "GET /bundles/authz HTTP/1.1\r\nhost: x\r\nif-none-match: {etag}\r\nprefer: wait=600\r\n\r\n"
    ))?;
    server.until_metric("portcullis_long_polls{bundle=\"authz\"}", "1")?;
    drop(raw);
    server.until_metric("portcullis_long_polls{bundle=\"authz\"}", "0")
}

#[test]
fn a_server_that_ends_answers_who_waits_at_once() -> Result<()> {
    let (_folder, mut server, etag) = started(&[])?;
    let (answer, took) = while_waiting(&server, &etag, || server.signal("TERM"))?;
    ensure!(answer.status == 304 && answer.header("connection") == "close", "{answer:?}");
    ensure!(took < Duration::from_secs(5), "it took {took:?}");
    ensure!(server.end()?.code() == Some(0));
    server.event("ended").map(|_| ())
}
