//! What a request for a bundle is answered with.

use anyhow::{Context, Result, ensure};

use crate::archive::{bundle, put};
use crate::raw::status_of;
use crate::server::Server;

#[test]
fn a_bundle_has_three_addresses_and_comes_as_it_lies_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (authz, nested) = (bundle("r1")?, bundle("r2")?);
    put(&folder.path().join("authz.tar.gz"), &authz)?;
    put(&folder.path().join("team a/café/bundle.tar.gz"), &nested)?;
    let server = Server::start(folder.path(), &[])?;
    for path in ["authz", "authz.tar.gz", "authz/bundle.tar.gz"] {
        let answer = server.get(&format!("/bundles/{path}"), &[("accept-encoding", "gzip")])?;
        ensure!(answer.status == 200 && answer.body == authz, "{path}: {}", answer.status);
        for (name, value) in [
            ("content-type", "application/vnd.openpolicyagent.bundles"),
            ("content-length", &*authz.len().to_string()),
            ("content-encoding", ""),
            ("accept-ranges", "bytes"),
            ("cache-control", "no-cache"),
            ("vary", "Prefer"),
        ] {
            ensure!(answer.header(name) == value, "{path}: {name}: {answer:?}");
        }
        let etag = answer.header("etag");
        ensure!(etag.len() == 66 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    }
    let answer = server.get("/bundles/team%20a/caf%C3%A9", &[])?;
    ensure!(answer.status == 200 && answer.body == nested, "{answer:?}");
    let line = server.line(&|line| line["bundle"] == "team a/café" && line["method"] == "GET")?;
    ensure!(line["revision"] == "r2" && line["status"] == 200 && line["bytes"] == nested.len(), "{line}");
    Ok(())
}

#[test]
fn who_has_the_revision_gets_304_until_there_is_another_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("authz.tar.gz");
    put(&path, &bundle("r1")?)?;
    let server = Server::start(folder.path(), &[])?;
    let first = server.get("/bundles/authz", &[])?;
    let etag = first.header("etag");
    for known in [etag, "*", &*format!("W/{etag}"), &*format!("\"other\", {etag}")] {
        let again = server.get("/bundles/authz", &[("if-none-match", known)])?;
        ensure!(again.status == 304 && again.body.is_empty() && again.header("etag") == etag, "{again:?}");
        ensure!(again.header("content-type").is_empty(), "{again:?}");
    }
    put(&path, &bundle("r2")?)?;
    let news = server.until("/bundles/authz", &[("if-none-match", etag)], |answer| answer.status == 200)?;
    ensure!(news.body == bundle("r2")? && news.header("etag") != etag, "{news:?}");
    // What is the same again has the same tag again.
    put(&path, &bundle("r1")?)?;
    server.until("/bundles/authz", &[("if-none-match", etag)], |answer| answer.status == 304)?;
    let missed = server.get("/bundles/authz", &[("if-match", "\"other\"")])?;
    ensure!(missed.status == 412, "{missed:?}");
    Ok(())
}

#[test]
fn the_head_is_that_of_the_whole_answer() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authz = bundle("r1")?;
    put(&folder.path().join("authz.tar.gz"), &authz)?;
    let server = Server::start(folder.path(), &[])?;
    let whole = server.get("/bundles/authz", &[])?;
    let head = server.ask("HEAD", "/bundles/authz", &[("range", "bytes=0-1")])?;
    ensure!(head.status == 200 && head.body.is_empty(), "{head:?}");
    for name in ["etag", "content-type", "content-length", "accept-ranges"] {
        ensure!(head.header(name) == whole.header(name), "{name}: {head:?}");
    }
    let known = server.ask("HEAD", "/bundles/authz", &[("if-none-match", whole.header("etag"))])?;
    ensure!(known.status == 304, "{known:?}");
    Ok(())
}

#[test]
fn parts_are_served_one_at_a_time() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authz = bundle("r1")?;
    put(&folder.path().join("authz.tar.gz"), &authz)?;
    let server = Server::start(folder.path(), &[])?;
    let etag = server.get("/bundles/authz", &[])?.header("etag").to_owned();
    let length = authz.len();
    let end = format!("bytes {}-{}/{length}", length - 5, length - 1);
    for (headers, status, range, body) in [
        (&[("range", "bytes=0-9")][..], 206, format!("bytes 0-9/{length}"), authz.get(..10)),
        (&[("range", "bytes=-5")], 206, end, authz.get(length - 5..)),
        (
            &[("range", "bytes=9-"), ("if-range", &etag)],
            206,
            format!("bytes 9-{}/{length}", length - 1),
            authz.get(9..),
        ),
        (&[("range", "bytes=9-"), ("if-range", "\"other\"")], 200, String::new(), authz.get(..)),
        (&[("range", "bytes=99999-")], 416, format!("bytes */{length}"), Some(&[][..])),
        // Several parts, and what is no range, may be ignored.
        (&[("range", "bytes=0-1,3-4")], 200, String::new(), authz.get(..)),
        (&[("range", "lines=0-1")], 200, String::new(), authz.get(..)),
        (&[("range", "bytes=0-9"), ("if-none-match", &etag)], 304, String::new(), Some(&[][..])),
    ] {
        let answer = server.get("/bundles/authz", headers)?;
        ensure!(
            answer.status == status && answer.header("content-range") == range,
            "{headers:?}: {answer:?}"
        );
        ensure!(Some(&*answer.body) == body, "{headers:?}: {answer:?}");
    }
    Ok(())
}

#[test]
fn what_is_not_there_or_not_allowed_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("authz.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(folder.path(), &[])?;
    for path in [
        "/",
        "/bundles",
        "/bundles/",
        "/bundles/other",
        "/bundles/authz/other",
        "/v1/data",
        "/bundles/authz.zip",
    ] {
        let answer = server.get(path, &[])?;
        ensure!(
            answer.status == 404 && answer.header("content-type") == "application/json",
            "{path}: {answer:?}"
        );
    }
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = server.ask(method, "/bundles/authz", &[])?;
        ensure!(answer.status == 405 && answer.header("allow") == "GET,HEAD", "{method}: {answer:?}");
    }
    let line = server.line(&|line| line["status"] == 405)?;
    ensure!(line["method"] == "POST" && line["path"] == "/bundles/authz", "{line}");
    Ok(())
}

#[test]
fn no_path_leads_out_of_the_folder() -> Result<()> {
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("bundles");
    put(&folder.join("a/authz.tar.gz"), &bundle("r1")?)?;
    put(&parent.path().join("secret.tar.gz"), &bundle("secret")?)?;
    let server = Server::start(&folder, &[])?;
    ensure!(status_of(&server, "/bundles/a/authz")? == "200 OK");
    for target in [
        "/bundles/../secret",
        "/bundles/a/../a/authz",
        "/bundles/%2e%2e/secret",
        "/bundles/%2E%2E%2Fsecret",
        "/bundles/..%2fsecret",
        "/bundles/..%5csecret",
        "/bundles/a%2Fauthz",
        "/bundles/a//authz",
        "/bundles//a/authz",
        "/bundles/./a/authz",
        "/bundles/a/authz%00.tar.gz",
        "/bundles/%ff",
        "/bundles/%",
    ] {
        let status = status_of(&server, target)?;
        ensure!(status == "400 Bad Request", "{target}: {status}");
    }
    for target in ["/../secret.tar.gz", "/%2e%2e/secret.tar.gz", "//bundles/a/authz", "/bundles%2Fa%2Fauthz"]
    {
        let status = status_of(&server, target)?;
        ensure!(status == "404 Not Found", "{target}: {status}");
    }
    let outside = server.get("/bundles/secret", &[]).context("an answer")?;
    ensure!(outside.status == 404, "{outside:?}");
    Ok(())
}

#[test]
fn the_health_of_the_server_is_for_everyone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("authz.tar.gz");
    fs_err::write(&path, "no bundle")?;
    let server = Server::start(folder.path(), &[])?;
    for (target, status) in [("/health", 200), ("/health?bundles", 500), ("/health?plugins", 200)] {
        let answer = server.get(target, &[])?;
        ensure!(answer.status == status && answer.body == b"{}\n", "{target}: {answer:?}");
    }
    put(&path, &bundle("r1")?)?;
    server.until("/health?bundles=true", &[], |answer| answer.status == 200)?;
    Ok(())
}
