//! The same with OPA itself as the server.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{agent, check, ends, policies, record};
use crate::ports::free_port;
use crate::run::{exists, run, say};

/// A running OPA. It is killed when it is dropped.
struct Opa {
    child: Child,
    url: String,
}

impl Opa {
    /// None, with a message, if there is no OPA.
    fn start(folder: &Path, arguments: &[&str]) -> Result<Option<Self>> {
        if !exists("opa") {
            let required = std::env::var_os("PORTCULLIS_REQUIRE_OPA").is_some_and(|value| value == "1");
            ensure!(!required, "there is no `opa` on the path, and PORTCULLIS_REQUIRE_OPA is set");
            say("skipped: there is no `opa` on the path to revoke at")?;
            return Ok(None);
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = Command::new("opa");
        command.args(["run", "-s", "--disable-telemetry", "-a", &address.to_string()]).args(arguments);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut opa = Self { child: command.spawn()?, url: format!("http://{address}") };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(opa.child.try_wait()?.is_none(), "opa ended");
            ensure!(start.elapsed() < Duration::from_mins(1), "opa does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(opa))
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn opa_is_asked_told_and_asked_again() -> Result<()> {
    let folder = policies()?;
    let Some(opa) = Opa::start(folder.path(), &["p"])? else { return Ok(()) };
    let server = ["--server", &opa.url];
    ends(&check(folder.path(), "ledger", "notifier", "notify", &server)?, 0, "ALLOWED")?;
    let id = agent("ledger");
    let url = opa.url.clone();
    let server = ["--server", &url];
    let arguments = ["revoke", &id, "--server", &url, "--record", "record.jsonl"];
    ends(&run(folder.path(), &arguments)?, 0, "2 allowed before, 0 now")?;
    ends(&check(folder.path(), "ledger", "notifier", "notify", &server)?, 1, "caller_banned")?;
    ends(&check(folder.path(), "orchestrator", "ledger", "ledger.read", &server)?, 1, "callee_banned")?;
    ends(&check(folder.path(), "orchestrator", "search", "search", &server)?, 0, "ALLOWED")?;
    ends(&run(folder.path(), &arguments)?, 0, "is banned already")?;
    ensure!(record(folder.path())?.len() == 1, "{:?}", record(folder.path())?);
    let lifted = run(folder.path(), &[&arguments[..], &["--undo"]].concat())?;
    ends(&lifted, 0, "0 allowed before, 2 now")?;
    ends(&check(folder.path(), "ledger", "notifier", "notify", &server)?, 0, "ALLOWED")?;
    // What was banned before is so still.
    ends(&check(folder.path(), "scraper", "search", "search", &server)?, 1, "caller_banned")?;
    let strange = ["revoke", "spiffe://agentweave.example/x", "--server", &opa.url];
    ends(&run(folder.path(), &strange)?, 2, "nothing was changed")?;
    let undefined =
        check(folder.path(), "ledger", "notifier", "notify", &["--server", &opa.url, "--decision", "x"])?;
    ends(&undefined, 2, "is undefined")?;
    drop(opa);
    ends(&run(folder.path(), &arguments)?, 2, "can't be asked")
}

#[test]
fn bans_at_the_same_moment_are_all_on_the_list_of_opa() -> Result<()> {
    let folder = policies()?;
    let Some(opa) = Opa::start(folder.path(), &["p"])? else { return Ok(()) };
    let names = ["a", "b", "c", "d", "e"];
    let revoke = |name: &str, more: &[&str]| {
        let id = agent(name);
        run(folder.path(), &[&["revoke", &id, "--server", &opa.url], more].concat())
    };
    ends(&revoke("old", &[])?, 0, "is banned")?;
    std::thread::scope(|scope| {
        let lift = scope.spawn(|| revoke("old", &["--undo"]));
        let runs: Vec<_> = names.iter().map(|name| scope.spawn(|| revoke(name, &[]))).collect();
        for run in runs.into_iter().chain([lift]) {
            let answer = run.join().map_err(|_| anyhow::anyhow!("a test thread panicked"))??;
            ends(&answer, 0, "no grant names it")?;
        }
        anyhow::Ok(())
    })?;
    for name in names {
        ends(&check(folder.path(), name, "search", "search", &["--server", &opa.url])?, 1, "caller_banned")?;
    }
    let lifted = check(folder.path(), "old", "search", "search", &["--server", &opa.url])?;
    ends(&lifted, 1, "reasons  no_matching_grant\n")
}

#[test]
fn what_a_bundle_owns_is_changed_in_the_bundle() -> Result<()> {
    let folder = policies()?;
    let bundle = ["build", "-b", "p", "-o", "b.tar.gz", "--insecure-skip-verify"];
    ends(&run(folder.path(), &bundle)?, 0, "")?;
    let Some(opa) = Opa::start(folder.path(), &["-b", "b.tar.gz"])? else { return Ok(()) };
    let answer = run(folder.path(), &["revoke", &agent("ledger"), "--server", &opa.url])?;
    ends(&answer, 2, "answered 400 Bad Request: ")?;
    ends(&answer, 2, "hint: a bundle owns this document: ban with --data FILE")?;
    ends(&check(folder.path(), "ledger", "notifier", "notify", &["--server", &opa.url])?, 0, "ALLOWED")
}
