//! Signed bundles: only what the owner of the key signed is served, and OPA takes nothing else either.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;

use crate::archive::{archive, bundle, delta, put};
use crate::opa::{LONG, OFTEN, Opa};
use crate::server::{Server, command};

/// A folder with a pair of keys, and bundles that are signed with it.
pub(crate) struct Publisher {
    folder: tempfile::TempDir,
}

impl Publisher {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let publisher = Self { folder };
        publisher.run(&["keygen", "--algorithm", "ES256", "-o", "key"])?;
        Ok(publisher)
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = command().current_dir(self.folder.path()).args(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{arguments:?}: {said}");
        Ok(())
    }

    /// The bundle of a revision, signed.
    pub(crate) fn bundle(&self, revision: &str) -> Result<Vec<u8>> {
        self.claiming(revision, "{}")
    }

    /// The same with claims.
    fn claiming(&self, revision: &str, claims: &str) -> Result<Vec<u8>> {
        let path = |name: &str| self.folder.path().join(name);
        fs_err::create_dir_all(path("policies"))?;
        fs_err::write(path("policies/p.rego"), format!("package p\n\nrevision := \"{revision}\"\n"))?;
        fs_err::write(path("claims.json"), claims)?;
        let sign = ["--signing-key", "key.pem", "--key-id", "k", "--claims-file", "claims.json"];
        self.run(&[&["build", "policies", "-o", "out.tar.gz", "-r", revision][..], &sign].concat())?;
        Ok(fs_err::read(path("out.tar.gz"))?)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("key.pub.pem")
    }

    pub(crate) fn serve(&self, address: &str, bundles: &Path) -> Result<Server> {
        let key = format!("k={}", self.key().display());
        Server::start_for(&["--verification-key", &key], address, bundles, &[], Client::builder())
    }
}

#[test]
fn only_what_the_owner_of_the_key_signed_replaces_what_is_served() -> Result<()> {
    let (publisher, stranger) = (Publisher::new()?, Publisher::new()?);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("p.tar.gz");
    let first = publisher.bundle("r1")?;
    put(&path, &first)?;
    let server = publisher.serve("127.0.0.1:0", folder.path())?;
    ensure!(server.get("/bundles/p", &[])?.body == first);

    // The key beside the folder is as good as one that is named.
    let bundles = publisher.folder.path().join("key");
    put(&bundles.join("p.tar.gz"), &first)?;
    put(&bundles.join("q.tar.gz"), &bundle("r1")?)?;
    let other = Server::start_for(&[], "127.0.0.1:0", &bundles, &[], Client::builder())?;
    ensure!(other.get("/bundles/p", &[])?.body == first && other.get("/bundles/q", &[])?.status == 503);
    drop(other);

    let signature = signature_of(&first)?;
    let tampered = archive(&[
        ("/p.rego", "package p\n\nrevision := \"evil\"\n"),
        ("/.signatures.json", &signature),
        ("/.manifest", "{\"revision\":\"r1\",\"roots\":[\"p\"],\"rego_version\":1}"),
    ])?;
    let bad = [
        ("nobody signed it", bundle("r2")?),
        ("a stranger signed it", stranger.bundle("r2")?),
        ("a file was changed", tampered),
        ("it has expired", publisher.claiming("r2", "{\"exp\": 1}")?),
        ("it is not valid yet", publisher.claiming("r2", "{\"nbf\": 99999999999}")?),
        ("it is of another scope", publisher.claiming("r2", "{\"scope\": \"other\"}")?),
        ("it is a delta", delta("r1", "r2")?),
    ];
    for (count, (what, bytes)) in bad.into_iter().enumerate() {
        put(&path, &bytes)?;
        let failures = format!("{}", count + 1);
        server
            .until_metric("portcullis_bundle_verification_failures_total{bundle=\"p\"}", &failures)
            .with_context(|| format!("{what}, and nobody noticed"))?;
        ensure!(server.get("/bundles/p", &[])?.body == first, "{what}, and it is served");
    }

    let second = publisher.bundle("r2")?;
    put(&path, &second)?;
    let start = std::time::Instant::now();
    while server.get("/bundles/p", &[])?.body != second {
        ensure!(start.elapsed() < crate::server::PATIENCE, "the next good one is not served");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(())
}

#[test]
fn opa_follows_signed_revisions_through_a_restart_and_takes_nothing_else() -> Result<()> {
    let publisher = Publisher::new()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bundles/p.tar.gz");
    put(&path, &publisher.bundle("r1")?)?;
    let mut server = publisher.serve("127.0.0.1:0", &folder.path().join("bundles"))?;
    let configuration = configuration(&server.url, LONG, &publisher)?;
    let Some(opa) = Opa::start(folder.path(), &configuration)? else { return Ok(()) };
    opa.until("p/revision", "r1")?;

    put(&path, &publisher.bundle("r2")?)?;
    opa.until("p/revision", "r2")?;

    put(&path, &bundle("unsigned")?)?;
    server.until_metric("portcullis_bundle_verification_failures_total{bundle=\"p\"}", "1")?;
    opa.until("p/revision", "r2")?;

    let third = publisher.bundle("r3")?;
    put(&path, &third)?;
    opa.until("p/revision", "r3")?;
    let address = server.authority().to_owned();
    server.signal("TERM")?;
    ensure!(server.end()?.code() == Some(0));
    drop(server);
    let server = publisher.serve(&address, &folder.path().join("bundles"))?;
    put(&path, &publisher.bundle("r4")?)?;
    opa.until("p/revision", "r4")?;
    drop(server);
    Ok(())
}

#[test]
fn opa_refuses_what_a_server_without_keys_gives_it() -> Result<()> {
    let publisher = Publisher::new()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bundles/p.tar.gz");
    put(&path, &publisher.bundle("r1")?)?;
    let server = Server::start(&folder.path().join("bundles"), &[])?;
    let configuration = configuration(&server.url, OFTEN, &publisher)?;
    let Some(opa) = Opa::start(folder.path(), &configuration)? else { return Ok(()) };
    opa.until("p/revision", "r1")?;
    put(&path, &bundle("evil")?)?;
    Opa::until_log(folder.path(), "missing .signatures.json")?;
    opa.until("p/revision", "r1")
}

fn configuration(url: &str, polling: &str, publisher: &Publisher) -> Result<String> {
    let key = serde_json::to_string(&fs_err::read_to_string(publisher.key())?)?;
    Ok(format!(
        "services:\n  us:\n    url: {url}\nkeys:\n  k:\n    key: {key}\n    algorithm: ES256\nbundles:\n  p:\n    \
         service: us\n    polling: {{{polling}}}\n    signing:\n      keyid: k\n"
    ))
}

/// The text of the file with the signature.
fn signature_of(bundle: &[u8]) -> Result<String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bundle));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path_bytes().ends_with(b".signatures.json") {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text)?;
            return Ok(text);
        }
    }
    anyhow::bail!("it is not signed")
}
