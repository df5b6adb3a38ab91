//! The machine as policies see it: clock, randomness, environment, files and, if allowed, the network.

mod client;
#[cfg(test)]
mod tests;
pub(crate) mod tls;

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::{Duration, Instant, SystemTime};

use portcullis::host::{Host, HostError, HttpRequest, HttpResponse};
use portcullis::value::{Object, Value};

/// The host of the commands.
pub(crate) struct Machine {
    started: Instant,
    network: Network,
}

/// Whether policies may reach the network, and read the files that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// Only when the user said so.
    Allowed,
    /// The default.
    Denied,
}

impl Machine {
    pub(crate) fn new(network: Network) -> Self {
        Self { started: Instant::now(), network }
    }

    fn allow(&self, what: impl FnOnce() -> String) -> Result<(), HostError> {
        match self.network {
            Network::Allowed => Ok(()),
            Network::Denied => Err(HostError::Forbidden { what: what() }),
        }
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("network", &self.network).finish_non_exhaustive()
    }
}

impl Host for Machine {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self, bytes: &mut [u8]) {
        // It fails on systems without a source of randomness only; zeros are then as good as anything.
        if getrandom::fill(bytes).is_err() {
            bytes.fill(0);
        }
    }

    fn environment(&self) -> Value {
        let text = |text: std::ffi::OsString| Value::from(text.to_string_lossy().into_owned());
        Value::Object(std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect::<Object>())
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.allow(|| format!("a connection to {}", request.authority()))?;
        client::exchange(request)
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        self.allow(|| format!("a look-up of {name}"))?;
        let found = (name, 0).to_socket_addrs();
        let found =
            found.map_err(|error| HostError::Failed { message: format!("lookup {name}: {error}") })?;
        let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses)
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, HostError> {
        self.allow(|| format!("reading {path}"))?;
        fs_err::read(path).map_err(|error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let reason = if missing { "no such file or directory".to_owned() } else { error.to_string() };
            HostError::Failed { message: format!("open {path}: {reason}") }
        })
    }
}
