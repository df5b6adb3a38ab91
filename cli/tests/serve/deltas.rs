//! Clients that take deltas get the changes from what they have, if there are such.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::archive::{archive, bundle, delta, put};
use crate::server::Server;

const BOTH: (&str, &str) = ("prefer", "modes=snapshot,delta");

#[test]
fn a_delta_is_for_who_asks_for_it_and_has_what_it_starts_from() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    put(&at("d.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(folder.path(), &[])?;
    let old = server.get("/bundles/d", &[])?.header("etag").to_owned();
    // The delta lies there first, and leads to nothing yet.
    put(&at("d.delta.tar.gz"), &delta("r1", "r2")?)?;
    put(&at("d.tar.gz"), &bundle("r2")?)?;
    let asked = [BOTH, ("if-none-match", &*old)];
    let changes = server.until("/bundles/d", &asked, |answer| {
        answer.status == 200 && answer.body != bundle("r2").unwrap_or_default()
    })?;
    ensure!(changes.body == delta("r1", "r2")?, "{changes:?}");
    ensure!(
        changes.header("cache-control") == "no-store" && changes.header("accept-ranges").is_empty(),
        "{changes:?}"
    );
    ensure!(changes.header("content-type") == "application/vnd.openpolicyagent.bundles", "{changes:?}");
    let whole = server.get("/bundles/d", &[])?;
    let new = changes.header("etag");
    ensure!(whole.body == bundle("r2")? && whole.header("etag") == new, "{whole:?}");

    let two = format!("{old}, \"other\"");
    for (headers, why) in [
        (&[("if-none-match", &*old)][..], "it does not take deltas"),
        (&[("prefer", "modes=snapshot"), ("if-none-match", &*old)], "it does not take deltas"),
        (&[BOTH], "it has nothing"),
        (&[BOTH, ("if-none-match", "\"other\"")], "it has something else"),
        (&[BOTH, ("if-none-match", &*two)], "it has one of two"),
    ] {
        let answer = server.get("/bundles/d", headers)?;
        ensure!(answer.status == 200 && answer.body == bundle("r2")?, "{why}: {answer:?}");
    }
    let known = server.get("/bundles/d", &[BOTH, ("if-none-match", new)])?;
    ensure!(known.status == 304, "{known:?}");

    // A delta that leads elsewhere is none.
    put(&at("d.tar.gz"), &bundle("r3")?)?;
    let whole = server.until("/bundles/d", &asked, |answer| answer.header("etag") != new)?;
    ensure!(whole.body == bundle("r3")?, "{whole:?}");
    Ok(())
}

#[test]
fn an_index_says_what_is_served_and_what_leads_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join("team/d").join(name);
    let first = bundle("r1")?;
    put(&at("revisions/1.tar.gz"), &first)?;
    put(&at("revisions/2.tar.gz"), &bundle("r2")?)?;
    put(&at("1-2.tar.gz"), &delta("", "r2")?)?;
    // The digests come from the server, which serves the same bytes as plain files.
    put(&folder.path().join("one.tar.gz"), &first)?;
    put(&folder.path().join("two.tar.gz"), &bundle("r2")?)?;
    let server = Server::start(folder.path(), &[])?;
    let tag = |name: &str| -> Result<String> {
        Ok(server.get(&format!("/bundles/{name}"), &[])?.header("etag").trim_matches('"').to_owned())
    };
    let (one, two) = (tag("one")?, tag("two")?);
    let changes = {
        use std::process::Command;

        let sum = Command::new("sha256sum").arg(at("1-2.tar.gz")).output()?.stdout;
        String::from_utf8(sum)?.split(' ').next().unwrap_or_default().to_owned()
    };
    let index = json!({
        "version": 1,
        "revisions": [
            {"revision": "r1", "file": "revisions/1.tar.gz", "digest": format!("sha256:{one}")},
            {"revision": "r2", "file": "revisions/2.tar.gz", "digest": format!("sha256:{two}")},
        ],
        "deltas": [{"from": "r1", "file": "1-2.tar.gz", "digest": format!("sha256:{changes}")}],
    });
    put(&at("index.json"), index.to_string().as_bytes())?;
    let old = format!("\"{one}\"");
    let asked = [BOTH, ("if-none-match", &*old)];
    let answer = server.until("/bundles/team/d", &asked, |answer| answer.status == 200)?;
    ensure!(answer.body == delta("", "r2")? && answer.header("etag") == format!("\"{two}\""), "{answer:?}");
    ensure!(server.get("/bundles/team/d", &[])?.body == bundle("r2")?);
    // The files of the history are no bundles of their own.
    ensure!(server.get("/bundles/team/d/revisions/2", &[])?.status == 404);

    let wrong = index.to_string().replace(&two, &one);
    put(&at("index.json"), wrong.as_bytes())?;
    let refused = server.event("a bundle is refused")?;
    ensure!(
        refused["reason"]
            .as_str()
            .is_some_and(|reason| reason.ends_with("has another digest than the index says")),
        "{refused}"
    );
    ensure!(server.get("/bundles/team/d", &[])?.body == bundle("r2")?);
    Ok(())
}

#[test]
fn a_delta_that_is_none_leaves_the_bundle_as_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    put(&at("d.tar.gz"), &bundle("r1")?)?;
    put(&at("d.delta.tar.gz"), &archive(&[("/patch.json", "{\"data\": []}")])?)?;
    put(&at("whole.tar.gz"), &delta("r0", "r1")?)?;
    let server = Server::start(folder.path(), &[])?;
    let answer = server.get("/bundles/d", &[BOTH, ("if-none-match", "\"other\"")])?;
    ensure!(answer.status == 200 && answer.body == bundle("r1")?, "{answer:?}");
    for (bundle, reason) in [
        ("d", "its delta: it is no delta: it has no changes in `patch.json`"),
        ("whole", "it is a delta and no whole bundle"),
    ] {
        let line = server.line(&|line| line["event"] == "a bundle is refused" && line["bundle"] == bundle)?;
        ensure!(line["reason"] == reason, "{line}");
    }
    ensure!(server.get("/bundles/whole", &[])?.status == 503);
    Ok(())
}
