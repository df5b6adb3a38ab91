//! OPA itself as a client: it loads bundles from us, polls for long, and outlives a server that is started again.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::blocking::Client;
use serde_json::Value;

use crate::archive::{archive, bundle, put};
use crate::ports::free_port;
use crate::server::{PATIENCE, Server};

const REQUIRE_OPA: &str = "PORTCULLIS_REQUIRE_OPA";

/// A running OPA. It is killed when it is dropped.
pub(crate) struct Opa {
    child: Child,
    url: String,
}

impl Opa {
    /// None, with a message, if there is no OPA.
    pub(crate) fn start(folder: &Path, configuration: &str) -> Result<Option<Self>> {
        let file = folder.join("opa.yaml");
        fs_err::write(&file, configuration)?;
        let log = fs_err::File::create(folder.join("opa.log"))?;
        Self::run(|command| {
            command.args(["--log-level", "debug", "-c"]).arg(&file).stderr(log.into_parts().0);
        })
    }

    /// The same with files in the folder, once it listens, and with no more in its log than usual.
    pub(crate) fn start_with(folder: &Path, configuration: &str, files: &[&str]) -> Result<Option<Self>> {
        fs_err::write(folder.join("opa.yaml"), configuration)?;
        let log = fs_err::File::create(folder.join("opa.log"))?;
        let opa = Self::run(|command| {
            command.current_dir(folder).args(["-c", "opa.yaml"]).args(files).stderr(log.into_parts().0);
        })?;
        opa.map(Self::listening).transpose()
    }

    /// Decides by what is in a folder. None, with a message, if there is no OPA.
    pub(crate) fn deciding(folder: &Path, arguments: &[&str]) -> Result<Option<Self>> {
        let opa = Self::run(|command| {
            command.current_dir(folder).args(["--log-level", "error"]).args(arguments).stderr(Stdio::null());
        })?;
        opa.map(Self::listening).transpose()
    }

    fn listening(self) -> Result<Self> {
        let start = Instant::now();
        while std::net::TcpStream::connect(self.authority()).is_err() {
            ensure!(start.elapsed() < PATIENCE, "OPA does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(self)
    }

    /// `127.0.0.1:1234`.
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    fn run(set: impl FnOnce(&mut Command)) -> Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|folder| folder.join("opa").is_file()) {
            let required = std::env::var_os(REQUIRE_OPA).is_some_and(|value| value == "1");
            ensure!(!required, "there is no `opa` on the path, and {REQUIRE_OPA} is set");
            writeln!(std::io::stderr().lock(), "skipped: there is no `opa` on the path")?;
            return Ok(None);
        }
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new("opa");
        command.args(["run", "-s", "--disable-telemetry", "-a", &address]);
        set(&mut command);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        Ok(Some(Self { child, url: format!("http://{address}") }))
    }

    /// Waits until a document has a value.
    pub(crate) fn until(&self, path: &str, value: &str) -> Result<()> {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let start = Instant::now();
        let mut found = Value::Null;
        while start.elapsed() < PATIENCE {
            let answer = client.get(format!("{}/v1/data/{path}", self.url)).send();
            if let Ok(answer) = answer.and_then(reqwest::blocking::Response::bytes) {
                found = serde_json::from_slice(&answer)?;
                if found["result"] == value {
                    return Ok(());
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!("{path} is {found} and not `{value}`")
    }
}

impl Opa {
    /// Waits until its log has a text.
    pub(crate) fn until_log(folder: &Path, text: &str) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if fs_err::read_to_string(folder.join("opa.log"))?.contains(text) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!("the log of OPA does not say `{text}`")
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration with one bundle that is polled in a way.
fn configuration(url: &str, bundle: &str, polling: &str) -> String {
    format!(
        "services:\n  us:\n    url: {url}\nbundles:\n  {bundle}:\n    service: us\n    polling: {{{polling}}}\n"
    )
}

pub(crate) const LONG: &str = "long_polling_timeout_seconds: 20, min_delay_seconds: 1, max_delay_seconds: 1";
pub(crate) const OFTEN: &str = "min_delay_seconds: 1, max_delay_seconds: 1";

#[test]
fn opa_loads_waits_and_takes_new_revisions_at_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bundles/p.tar.gz");
    put(&path, &bundle("r1")?)?;
    let mut server = Server::start(&folder.path().join("bundles"), &[])?;
    let Some(opa) = Opa::start(folder.path(), &configuration(&server.url, "p", LONG))? else { return Ok(()) };
    opa.until("p/revision", "r1")?;
    let first = server.line(&|line| line["bundle"] == "p" && line["status"] == 200)?;
    ensure!(
        first["path"] == "/bundles/p"
            && first["user_agent"].as_str().is_some_and(|agent| agent.starts_with("Open-Policy-Agent/")),
        "{first}"
    );

    // It waits, as the media type lets it.
    server.until_metric("portcullis_long_polls{bundle=\"p\"}", "1")?;
    for revision in ["r2", "r3"] {
        let start = Instant::now();
        put(&path, &bundle(revision)?)?;
        opa.until("p/revision", revision)?;
        ensure!(start.elapsed() < Duration::from_secs(10), "{revision} took {:?}", start.elapsed());
        server.until_metric("portcullis_long_polls{bundle=\"p\"}", "1")?;
    }

    // A bad file changes nothing for it.
    put(&path, b"bad")?;
    server.until_metric("portcullis_bundle_verification_failures_total{bundle=\"p\"}", "1")?;
    opa.until("p/revision", "r3")?;
    put(&path, &bundle("r3")?)?;

    // The server ends, which OPA learns at once, and comes back with the same revision, which OPA need not load again.
    let address = server.authority().to_owned();
    server.signal("TERM")?;
    ensure!(server.end()?.code() == Some(0));
    drop(server);
    let server = Server::start_as(&address, &folder.path().join("bundles"), &[], Client::builder())?;
    server.until_metric("portcullis_long_polls{bundle=\"p\"}", "1")?;
    ensure!(
        server.metric("portcullis_requests_total{code=\"200\",bundle=\"p\"}").is_err(),
        "it was loaded again"
    );
    put(&path, &bundle("r4")?)?;
    opa.until("p/revision", "r4")
}

#[test]
fn opa_gets_304_when_it_polls_from_time_to_time() -> Result<()> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("bundles/team/p/bundle.tar.gz"), &bundle("r1")?)?;
    let server = Server::start(&folder.path().join("bundles"), &[])?;
    let configuration = configuration(&server.url, "team/p", OFTEN);
    let Some(opa) = Opa::start(folder.path(), &configuration)? else { return Ok(()) };
    opa.until("p/revision", "r1")?;
    let known = server.line(&|line| line["status"] == 304)?;
    ensure!(known["bundle"] == "team/p" && known["revision"] == "r1", "{known}");
    Ok(())
}

#[test]
fn opa_applies_a_delta_to_what_it_has() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join("bundles").join(name);
    let snapshot = |revision: &str| {
        archive(&[
            (
                "/d/data.json",
                &*format!("{{\"now\": \"{revision}\", \"kept\": \"of the snapshot of {revision}\"}}"),
            ),
            ("/.manifest", &format!("{{\"revision\": \"{revision}\", \"roots\": [\"d\"]}}")),
        ])
    };
    put(&at("d.tar.gz"), &snapshot("r1")?)?;
    let server = Server::start(&folder.path().join("bundles"), &[])?;
    let Some(opa) = Opa::start(folder.path(), &configuration(&server.url, "d", LONG))? else { return Ok(()) };
    opa.until("d/now", "r1")?;
    server.until_metric("portcullis_long_polls{bundle=\"d\"}", "1")?;
    // Hidden until both are there, so that nobody sees one without the other.
    fs_err::create_dir_all(at("d"))?;
    put(&at("d/bundle.delta.tar.gz"), &crate::archive::delta("r1", "r2")?)?;
    put(&at("d/bundle.tar.gz"), &snapshot("r2")?)?;
    opa.until("d/now", "r2")?;
    opa.until("d/kept", "of the snapshot of r1")?;
    let manifest = Client::new().get(format!("{}/v1/data/system/bundles/d", opa.url)).send()?.bytes()?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let etag = server.get("/bundles/d", &[])?.header("etag").to_owned();
    ensure!(manifest["result"]["manifest"]["revision"] == "r2", "{manifest}");
    // It goes on from there: it waits with the tag of the revision that it came to.
    server.until_metric("portcullis_long_polls{bundle=\"d\"}", "1")?;
    let sent = server.get("/bundles/d", &[("if-none-match", &etag)]).context("an answer")?;
    ensure!(sent.status == 304, "{sent:?}");
    Ok(())
}

#[test]
fn opa_is_told_when_its_token_is_not_good_for_a_bundle() -> Result<()> {
    let folder = tempfile::tempdir()?;
    put(&folder.path().join("bundles/p.tar.gz"), &bundle("r1")?)?;
    let tokens = folder.path().join("tokens.json");
    let text = |bundles: &str| {
        format!(
            "{{\"tokens\": [{{\"name\": \"opa\", \"token\": \"the-token-of-opa\", \"bundles\": [\"{bundles}\"]}}]}}"
        )
    };
    fs_err::write(&tokens, text("other"))?;
    let arguments = ["--token-file", tokens.to_str().context("a name")?];
    let server = Server::start(&folder.path().join("bundles"), &arguments)?;
    let credentials = "    credentials: {bearer: {token: the-token-of-opa}}\nbundles:";
    let configuration = configuration(&server.url, "p", OFTEN).replace("bundles:", credentials);
    let Some(opa) = Opa::start(folder.path(), &configuration)? else { return Ok(()) };
    server.line(&|line| line["status"] == 403 && line["token"] == "opa")?;
    fs_err::write(&tokens, text("p"))?;
    opa.until("p/revision", "r1")
}
