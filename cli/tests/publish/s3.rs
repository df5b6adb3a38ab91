//! Publishing to S3, as moto plays it.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;

use crate::bundles;
use crate::cut;
use crate::kill::{Place, at_many_moments};
use crate::peer::{self, Peer};
use crate::run::{Answer, finish, finish_with, publish_once};

const DESTINATION: &str = "s3://policies/team/authz";

/// moto shows everything to whoever says a name, and checks no signature.
fn client() -> Result<Client> {
    let credential =
        "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let headers = [(reqwest::header::AUTHORIZATION, credential.parse()?)];
    Ok(Client::builder().default_headers(headers.into_iter().collect()).build()?)
}

struct Bucket {
    server: Peer,
}

impl Bucket {
    fn start() -> Result<Option<Self>> {
        let Some(program) = peer::program("moto_server")? else { return Ok(None) };
        let server = Peer::start(|address| {
            let mut command = Command::new(&program);
            command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
            command
        })?;
        client()?.put(format!("{}/policies", server.url())).send()?.error_for_status()?;
        Ok(Some(Self { server }))
    }

    fn publish(&self, bundle: &std::path::Path) -> Command {
        Self::publish_at(bundle, self.server.address)
    }

    fn publish_at(bundle: &std::path::Path, address: SocketAddr) -> Command {
        let endpoint = format!("http://{address}");
        let environment = [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        publish_once(bundle, DESTINATION, &environment)
    }

    fn get(&self, file: &str) -> Result<Vec<u8>> {
        let url = format!("{}/policies/team/authz/{file}", self.server.url());
        Ok(client()?.get(url).send()?.error_for_status()?.bytes()?.to_vec())
    }

    /// The revisions in the index, each of which has to be there.
    fn listed(&self) -> Result<Vec<String>> {
        let index: serde_json::Value = serde_json::from_slice(&self.get("index.json")?)?;
        let mut revisions = Vec::new();
        for entry in index.get("revisions").and_then(serde_json::Value::as_array).context("an array")? {
            let content =
                self.get(entry.get("file").and_then(serde_json::Value::as_str).context("a file")?)?;
            ensure!(entry.get("size") == Some(&content.len().into()), "{entry}");
            revisions.push(
                entry.get("revision").and_then(serde_json::Value::as_str).context("a revision")?.to_owned(),
            );
        }
        Ok(revisions)
    }

    /// The keys of all objects.
    fn keys(&self) -> Result<Vec<String>> {
        let list = client()?.get(format!("{}/policies?list-type=2", self.server.url())).send()?.text()?;
        let keys = list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        Ok(keys.map(str::to_owned).collect())
    }
}

#[test]
fn a_store_gets_revisions_an_index_and_the_current_bundle() -> Result<()> {
    let Some(bucket) = Bucket::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    // Larger than one part.
    let large = bundles::write(folder.path(), "large", 24 << 20)?;
    ensure!(fs_err::metadata(&large)?.len() > 16 << 20, "it fits into one request");
    let small = bundles::write(folder.path(), "small", 0)?;
    let dry = finish_with(bucket.publish(&small), &["--dry-run"])?;
    dry.digest()?;
    ensure!(bucket.keys()?.is_empty(), "a dry run wrote something");
    for bundle in [&large, &small, &large] {
        finish(&mut bucket.publish(bundle))?.digest()?;
        ensure!(bucket.get("bundle.tar.gz")? == fs_err::read(bundle)?, "another bundle is current");
    }
    ensure!(bucket.listed()? == ["small", "large"], "{:?}", bucket.listed());
    let again = finish(&mut bucket.publish(&large))?;
    ensure!(again.stderr.contains("has revision `large` already"), "{again:?}");
    let other = finish(&mut bucket.publish(&bundles::write(folder.path(), "small", 7)?))?;
    ensure!(other.code == Some(2) && other.stderr.contains("with other content"), "{other:?}");
    finish_with(bucket.publish(&small), &["--keep", "1"])?.digest()?;
    ensure!(bucket.keys()?.len() == 3, "{:?}", bucket.keys());
    let missing = finish_with(bucket.publish(&small), &["--option", "endpiont=x"])?;
    ensure!(
        missing.code == Some(2) && missing.stderr.contains("`endpiont` is no option of s3"),
        "{missing:?}"
    );
    Ok(())
}

#[test]
fn publishers_at_once_lose_no_revision_and_the_last_in_the_index_is_current() -> Result<()> {
    let Some(bucket) = Bucket::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    for round in 0..5 {
        let revisions: Vec<String> = (0..4).map(|index| format!("round{round}-{index}")).collect();
        let answers: Vec<Answer> = thread::scope(|scope| {
            let publish = |revision: &String| {
                let bundle = bundles::write(folder.path(), revision, 100)?;
                finish_with(bucket.publish(&bundle), &["--keep", "100"])
            };
            let publishers: Vec<_> =
                revisions.iter().map(|revision| scope.spawn(move || publish(revision))).collect();
            publishers
                .into_iter()
                .map(|publisher| publisher.join().ok().context("panicked")?)
                .collect::<Result<_>>()
        })?;
        for answer in &answers {
            answer.digest()?;
        }
        let listed = bucket.listed()?;
        ensure!(listed.len() == (round + 1) * 4, "{listed:?}\n{answers:#?}");
        ensure!(revisions.iter().all(|revision| listed.contains(revision)), "{listed:?}");
        let newest = listed.last().context("a newest one")?;
        let newest = fs_err::read(folder.path().join(format!("{newest}-100.tar.gz")))?;
        ensure!(bucket.get("bundle.tar.gz")? == newest, "round {round}: {listed:?}\n{answers:#?}");
    }
    Ok(())
}

#[test]
fn a_store_serves_the_previous_bundle_or_the_new_one_when_a_publisher_is_killed() -> Result<()> {
    let Some(bucket) = Bucket::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (a, b) = (bundles::write(folder.path(), "a", 1 << 20)?, bundles::write(folder.path(), "b", 1 << 20)?);
    let served = || {
        // What an index promises is there, whenever the publisher was killed.
        bucket.listed()?;
        bucket.get("bundle.tar.gz")
    };
    at_many_moments(&Place { publish: &|bundle| bucket.publish(bundle), served: &served }, [&a, &b], 40)
}

#[test]
fn a_store_serves_the_previous_bundle_or_the_new_one_when_the_line_is_cut_after_any_request() -> Result<()> {
    let Some(bucket) = Bucket::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let served = || {
        bucket.listed()?;
        bucket.get("bundle.tar.gz")
    };
    let publish = |bundle: &std::path::Path, address| {
        let mut command = Bucket::publish_at(bundle, address);
        // Old revisions are deleted too.
        command.args(["--keep", "2"]);
        command
    };
    cut::after_each_request(
        &cut::Place { publish: &publish, server: bucket.server.address, served: &served },
        folder.path(),
    )
}
