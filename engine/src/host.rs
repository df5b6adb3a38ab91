//! What evaluation needs of the outside world: time, randomness, environment, HTTP and DNS, all behind one trait.

use std::fmt;
use std::time::Duration;

use crate::value::Value;

/// The outside world as policies see it. The engine itself reads no clock and opens no connection.
///
/// The same answers of a host give the same answer of a policy: evaluation is deterministic otherwise.
pub trait Host: fmt::Debug + Send + Sync {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// The time since any fixed moment; never goes back. Deadlines are measured with it.
    fn monotonic(&self) -> Duration;

    /// Waits, between attempts to reach a server. A host whose time stands still has nothing to wait for.
    fn sleep(&self, _duration: Duration) {}

    /// Fills `bytes` with random ones.
    fn random(&self, bytes: &mut [u8]);

    /// The environment variables that policies may see, as an object of strings.
    fn environment(&self) -> Value;

    /// Makes one HTTP request, without following redirects or retrying.
    ///
    /// # Errors
    /// Why no response came.
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError>;

    /// The IP addresses that a name has in DNS.
    ///
    /// # Errors
    /// Why there are none.
    fn lookup_ip(&self, name: &str) -> Result<Vec<core::net::IpAddr>, HostError>;

    /// The bytes of a file that `http.send` names: a certificate or a key.
    ///
    /// # Errors
    /// Why it can't be read.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, HostError>;
}

/// Why the host could not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It is not allowed to.
    #[error("{what} is not allowed")]
    Forbidden {
        /// What was asked for.
        what: String,
    },
    /// It took too long.
    #[error("{message}")]
    Timeout {
        /// What happened, in the host's words.
        message: String,
    },
    /// It failed.
    #[error("{message}")]
    Failed {
        /// What happened, in the host's words.
        message: String,
    },
}

/// A request for [`Host::http`].
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    /// The method, in upper case.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Header fields in the order to send them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout: Option<Duration>,
    /// How to check who answers, and who we say we are.
    pub tls: Tls,
    /// The path of the Unix socket to connect to in place of the host of the URL.
    pub socket: Option<String>,
}

impl HttpRequest {
    /// The host of the URL, with the port if it names one, and without a password.
    pub fn authority(&self) -> &str {
        let after_scheme = self.url.split_once("//").map_or("", |(_, rest)| rest);
        let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }
}

/// The URL, which may hold a password, the body and the keys stay out.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("authority", &self.authority())
            .finish_non_exhaustive()
    }
}

/// TLS settings of a request.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Whether any certificate of the server is taken.
    pub insecure_skip_verify: bool,
    /// Trusted certificates in PEM; of each text all of them.
    pub ca_certificates: Vec<Vec<u8>>,
    /// Whether the system's certificates are trusted too.
    pub use_system_certificates: bool,
    /// Who we say we are when the server asks; it gets the first.
    pub identities: Vec<Identity>,
    /// The name that the server's certificate must have, if not that of the URL.
    pub server_name: Option<String>,
}

/// The keys stay out.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("insecure_skip_verify", &self.insecure_skip_verify)
            .finish_non_exhaustive()
    }
}

/// A certificate of ours and its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The chain in PEM, the certificate of the key first.
    pub certificates: Vec<u8>,
    /// The private key in PEM.
    pub key: Vec<u8>,
}

/// The key stays out.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code, such as 200.
    pub status_code: u16,
    /// The status line's text, such as `200 OK`.
    pub status: String,
    /// Header fields in the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A host without an outside: time stands still, randomness repeats, and the network is forbidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SealedHost {
    /// What [`Host::now`] says.
    pub now: i64,
    /// What randomness is made of.
    pub seed: u64,
}

impl Host for SealedHost {
    fn now(&self) -> i64 {
        self.now
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut state = self.seed;
        for byte in bytes {
            // SplitMix64: the smallest generator whose bytes look random.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let [first, ..] = (mixed ^ (mixed >> 31)).to_le_bytes();
            *byte = first;
        }
    }

    fn environment(&self) -> Value {
        Value::Object(crate::value::Object::new())
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        Err(HostError::Forbidden { what: format!("a connection to {}", request.authority()) })
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<core::net::IpAddr>, HostError> {
        Err(HostError::Forbidden { what: format!("a look-up of {name}") })
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, HostError> {
        Err(HostError::Forbidden { what: format!("reading {path}") })
    }
}
