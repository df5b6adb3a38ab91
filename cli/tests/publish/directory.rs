//! Publishing to directories.

use std::thread;

use anyhow::{Context, Result, ensure};

use crate::bundles;
use crate::kill::{Place, at_many_moments};
use crate::peer::free_address;
use crate::run::{bare, find, finish, finish_with, names, publish};

#[test]
fn a_publisher_that_is_killed_leaves_the_previous_bundle_or_the_new_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (a, b) = (bundles::write(folder.path(), "a", 1 << 20)?, bundles::write(folder.path(), "b", 1 << 20)?);
    let served = folder.path().join("srv/authz");
    let destination = served.display().to_string();
    let place = Place {
        publish: &|bundle| publish(bundle, &destination, &[]),
        served: &|| Ok(fs_err::read(served.join("bundle.tar.gz"))?),
    };
    at_many_moments(&place, [&a, &b], 60)?;
    // Nothing unfinished is left, and both revisions are kept.
    let found = names(&served)?;
    ensure!(found == [".portcullis.lock", "bundle.tar.gz", "index.json", "revisions"], "{found:?}");
    let kept = names(&served.join("revisions"))?;
    ensure!(kept.len() == 2 && kept.iter().all(|name| name.ends_with(".tar.gz")), "{kept:?}");
    Ok(())
}

#[test]
fn many_publishers_at_once_lose_no_revision() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let destination = folder.path().join("authz").display().to_string();
    let revisions: Vec<String> = (0..8).map(|index| format!("r{index}")).collect();
    thread::scope(|scope| {
        let publishers: Vec<_> = revisions
            .iter()
            .map(|revision| {
                let bundle = bundles::write(folder.path(), revision, 1000);
                scope.spawn(|| finish(&mut publish(&bundle?, &destination, &[])))
            })
            .collect();
        for publisher in publishers {
            publisher.join().ok().context("a publisher panicked")??.digest()?;
        }
        anyhow::Ok(())
    })?;
    let index: serde_json::Value =
        serde_json::from_slice(&fs_err::read(folder.path().join("authz/index.json"))?)?;
    let listed = index["revisions"].as_array().context("an array")?;
    let mut found: Vec<&str> = listed.iter().filter_map(|entry| entry["revision"].as_str()).collect();
    found.sort_unstable();
    ensure!(found == revisions, "{found:?}");
    let newest = listed.last().and_then(|entry| entry["revision"].as_str()).context("a newest one")?;
    let current = fs_err::read(folder.path().join("authz/bundle.tar.gz"))?;
    ensure!(
        current == fs_err::read(folder.path().join(format!("{newest}-1000.tar.gz")))?,
        "{newest} is not current"
    );
    Ok(())
}

#[test]
fn what_was_said_on_the_command_line_is_done() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let srv = folder.path().join("srv").display().to_string();
    let bundle = |revision: &str, noise| bundles::write(folder.path(), revision, noise);
    let named = |bundle: &std::path::Path, more: &[&str]| {
        let command = publish(bundle, &srv, &[]);
        finish_with(command, &[&["--name", "team/authz", "--keep", "2"], more].concat())
    };
    let dry = named(&bundle("r1", 0)?, &["--dry-run"])?;
    dry.digest()?;
    ensure!(dry.stderr.starts_with("would publish revision `r1` to "), "{dry:?}");
    ensure!(!folder.path().join("srv").exists(), "a dry run made something");
    for revision in ["r1", "r2", "r3"] {
        let answer = named(&bundle(revision, 0)?, &[])?;
        answer.digest()?;
        ensure!(answer.stderr.starts_with(&format!("published revision `{revision}` to ")), "{answer:?}");
    }
    ensure!(names(&folder.path().join("srv/team/authz/revisions"))?.len() == 2, "more than two are kept");
    let again = named(&bundle("r3", 0)?, &[])?;
    ensure!(again.code == Some(0) && again.stderr.contains("has revision `r3` already"), "{again:?}");
    let other = named(&bundle("r3", 10)?, &[])?;
    ensure!(other.code == Some(2) && other.stderr.contains("with other content"), "{other:?}");
    ensure!(other.stdout.is_empty(), "{other:?}");
    named(&bundle("r3", 10)?, &["--force"])?.digest()?;
    // Going back to an older revision is publishing it again.
    named(&bundle("r2", 0)?, &[])?.digest()?;
    let current = fs_err::read(folder.path().join("srv/team/authz/bundle.tar.gz"))?;
    ensure!(current == fs_err::read(bundle("r2", 0)?)?, "r2 is not current");
    Ok(())
}

#[test]
fn what_is_no_bundle_is_not_published() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let destination = folder.path().join("authz").display().to_string();
    let bad = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../bundles/bad");
    let key = bad.join("../../engine/testcases/keys/rsa-public.pem");
    let mut count = 0;
    for name in names(&bad)?.iter().filter(|name| name.ends_with(".tar.gz")) {
        // These load, so a key has to tell them from good ones; it is the one that signed the good ones.
        let answer = if name.starts_with("signed-") {
            finish(bare("publish").arg(bad.join(name)).arg(&destination).arg("--verification-key").arg(&key))?
        } else {
            finish(&mut publish(&bad.join(name), &destination, &[]))?
        };
        ensure!(answer.code == Some(1) && answer.stderr.contains("is not published"), "{name}: {answer:?}");
        count += 1;
    }
    ensure!(count > 25, "only {count} bad bundles were found");
    // Nor is one that nobody vouches for, unless that is what the user wants.
    let good = bundles::write(folder.path(), "r1", 0)?;
    let answer = finish(bare("publish").arg(&good).arg(&destination))?;
    ensure!(answer.code == Some(1) && answer.stderr.contains("--allow-unsigned"), "{answer:?}");
    ensure!(!folder.path().join("authz").exists(), "something was made");
    let signed = bad.join("../good/signed-rs256.tar.gz");
    let answer = finish(bare("publish").arg(&signed).arg(&destination).arg("--allow-unsigned"))?;
    ensure!(answer.code == Some(1) && answer.stderr.contains("verification key not provided"), "{answer:?}");
    let answer = finish(bare("publish").arg(&signed).arg(&destination).arg("--verification-key").arg(&key))?;
    ensure!(answer.code == Some(0) && answer.stderr.contains("verified: signed by"), "{answer:?}");
    Ok(())
}

#[test]
fn opa_reads_the_current_bundle_of_a_directory() -> Result<()> {
    let Some(opa) = find("opa") else {
        let required = std::env::var_os("PORTCULLIS_REQUIRE_OPA").is_some_and(|value| value == "1");
        ensure!(!required, "there is no opa, and PORTCULLIS_REQUIRE_OPA is set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let bundle = bundles::write(folder.path(), "r7", 0)?;
    let destination = folder.path().join("authz");
    finish(&mut publish(&bundle, &format!("file://{}", destination.display()), &[]))?.digest()?;
    let resource = format!("bundles.authz.resource=file://{}", destination.join("bundle.tar.gz").display());
    let answer = crate::oci::ask_opa(&opa, free_address()?, &["--set", &resource], folder.path())?;
    ensure!(answer == "r7", "{answer}");
    Ok(())
}
