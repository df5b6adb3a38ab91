//! What happens in the folder, and what is served then.

use std::io::Write as _;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::archive::{archive, bundle, put};
use crate::server::Server;

const FAILURES: &str = "portcullis_bundle_verification_failures_total{bundle=\"authz\"}";

/// Files that may not replace a good one, each with words of the reason. Those that signatures tell apart come here too.
fn bad_files() -> Result<Vec<(&'static str, Vec<u8>, &'static str)>> {
    let good = bundle("bad")?;
    let cut = good.get(..good.len() - 9).context("a part")?.to_vec();
    let mut damaged = good;
    let checksum = damaged.len() - 6;
    damaged.get_mut(checksum).map(|byte| *byte ^= 1).context("a byte")?;
    Ok(vec![
        ("no archive", b"no archive at all".to_vec(), "archive read failed: gzip: invalid header"),
        ("empty", Vec::new(), "archive read failed: EOF"),
        ("cut off", cut, "unexpected EOF"),
        ("damaged", damaged, "damaged: "),
        ("with a broken manifest", archive(&[("/.manifest", "{")])?, "`.manifest` is no JSON"),
        ("too large", crate::archive::large(300_000)?, "has more than 200000 bytes"),
    ])
}

#[test]
fn a_bad_file_leaves_the_old_revision_and_is_told_and_counted_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("authz.tar.gz");
    put(&path, &bundle("r1")?)?;
    let server = Server::start(folder.path(), &["--max-bundle-bytes", "200000", "--rescan", "100ms"])?;
    let good = server.get("/bundles/authz", &[])?;
    let mut failures = 0;
    ensure!(server.metric(FAILURES)? == failures.to_string());
    for (name, bytes, reason) in bad_files()? {
        put(&path, &bytes)?;
        failures += 1;
        server.until_metric(FAILURES, &failures.to_string()).context(name)?;
        let told = server.line(&|line| {
            line["event"] == "a bundle is refused"
                && line["reason"].as_str().is_some_and(|text| text.contains(reason))
        });
        let told = told.context(name)?;
        let tag = good.header("etag").trim_matches('"');
        ensure!(
            told["bundle"] == "authz" && told["still_served"] == tag && told["level"] == "error",
            "{told}"
        );
        // It is looked at again and again, and said once.
        thread::sleep(Duration::from_millis(300));
        ensure!(server.metric(FAILURES)? == failures.to_string(), "{name} was counted again");
        let answer = server.get("/bundles/authz", &[])?;
        ensure!(
            answer.status == 200 && answer.body == good.body && answer.header("etag") == good.header("etag"),
            "{name}"
        );
        // What is good comes through afterwards.
        put(&path, &good.body)?;
        thread::sleep(Duration::from_millis(300));
    }
    put(&path, &bundle("r2")?)?;
    server.until("/bundles/authz", &[], |answer| answer.header("etag") != good.header("etag"))?;
    Ok(())
}

#[test]
fn a_bundle_that_was_never_good_is_not_served_until_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("authz.tar.gz");
    fs_err::write(&path, "no bundle")?;
    let server = Server::start(folder.path(), &[])?;
    let answer = server.get("/bundles/authz", &[("prefer", "wait=20")])?;
    ensure!(
        answer.status == 503 && answer.header("retry-after") == "5" && answer.header("etag").is_empty(),
        "{answer:?}"
    );
    put(&path, &bundle("r1")?)?;
    server.until("/bundles/authz", &[], |answer| answer.status == 200)?;
    Ok(())
}

#[test]
fn a_file_that_is_written_slowly_in_place_is_no_failure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("authz.tar.gz");
    put(&path, &bundle("r1")?)?;
    let server = Server::start(folder.path(), &["--rescan", "50ms"])?;
    let old = server.get("/bundles/authz", &[])?;
    let new = bundle("r2")?;
    let mut file = fs_err::File::create(&path)?;
    for piece in new.chunks(new.len() / 5) {
        file.write_all(piece)?;
        thread::sleep(Duration::from_millis(150));
        let answer = server.get("/bundles/authz", &[])?;
        ensure!(answer.body == old.body || answer.body == new, "{answer:?}");
    }
    server.until("/bundles/authz", &[], |answer| answer.body == new)?;
    ensure!(server.metric(FAILURES)? == "0" && server.count("a bundle is refused") == 0);
    Ok(())
}

#[test]
fn bundles_come_and_go_with_their_files() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    ensure!(server.get("/bundles/a/b", &[])?.status == 404);
    put(&folder.path().join("a/b/bundle.tar.gz"), &bundle("r1")?)?;
    server.until("/bundles/a/b", &[], |answer| answer.status == 200)?;
    fs_err::remove_dir_all(folder.path().join("a"))?;
    server.until("/bundles/a/b", &[], |answer| answer.status == 404)?;
    server.event("a bundle is gone")?;
    put(&folder.path().join("a/b.tar.gz"), &bundle("r1")?)?;
    server.until("/bundles/a/b", &[], |answer| answer.status == 200)?;
    Ok(())
}

#[test]
fn a_folder_that_is_replaced_by_a_link_as_kubernetes_does_it_is_noticed() -> Result<()> {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    put(&at("..1/authz.tar.gz"), &bundle("r1")?)?;
    symlink("..1", at("..data"))?;
    symlink("..data/authz.tar.gz", at("authz.tar.gz"))?;
    let server = Server::start(folder.path(), &[])?;
    ensure!(server.get("/bundles/authz", &[])?.body == bundle("r1")?);
    put(&at("..2/authz.tar.gz"), &bundle("r2")?)?;
    symlink("..2", at("..data_tmp"))?;
    fs_err::rename(at("..data_tmp"), at("..data"))?;
    server.until("/bundles/authz", &[], |answer| answer.body == bundle("r2").unwrap_or_default())?;
    Ok(())
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_not_followed() -> Result<()> {
    let outside = tempfile::tempdir()?;
    put(&outside.path().join("secret.tar.gz"), &bundle("secret")?)?;
    let folder = tempfile::tempdir()?;
    std::os::unix::fs::symlink(outside.path().join("secret.tar.gz"), folder.path().join("secret.tar.gz"))?;
    let server = Server::start(folder.path(), &[])?;
    ensure!(server.get("/bundles/secret", &[])?.status == 404);
    let told = server.event("a file is not served")?;
    ensure!(
        told["reason"].as_str().is_some_and(|reason| reason.contains("leads out of the folder")),
        "{told}"
    );
    Ok(())
}
