//! Servers that tests start: real ones, each on a port of its own, gone when the test is.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::ports::free_port;
use crate::run::find;

/// A server.
pub(crate) struct Peer {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Peer {
    /// Starts a server with what `command` makes of an address, and waits until it answers.
    pub(crate) fn start(command: impl Fn(SocketAddr) -> Command) -> Result<Self> {
        let mut last = None;
        // Between finding a free port and using it, somebody else may.
        for _ in 0..3 {
            let address = free_address()?;
            let mut command = command(address);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let process = command.spawn().with_context(|| format!("can't start {command:?}"))?;
            let mut peer = Self { process, address };
            match peer.wait_until_ready() {
                Ok(()) => return Ok(peer),
                Err(error) => last = Some(error),
            }
        }
        bail!("{last:?}")
    }

    /// `http://` and its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_err() {
            ensure!(self.process.try_wait()?.is_none(), "the server on {} ended", self.address);
            ensure!(start.elapsed() < PATIENCE, "the server on {} does not answer", self.address);
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, free_port()?).into())
}

/// The program of a server; None if it isn't installed, which is told, and an error where it is required.
pub(crate) fn program(name: &str) -> Result<Option<PathBuf>> {
    let found = find(name);
    if found.is_none() {
        let required = std::env::var_os(REQUIRE).is_some_and(|value| value == "1");
        ensure!(!required, "there is no {name}, and {REQUIRE} is set");
        // Past the test harness, which would hold the text back when a test passes.
        std::io::stderr()
            .lock()
            .write_all(format!("skipped: there is no {name} to publish to\n").as_bytes())?;
    }
    Ok(found)
}

const REQUIRE: &str = "PORTCULLIS_REQUIRE_PEERS";
/// Servers in Python take their time to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
