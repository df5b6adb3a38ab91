//! Where a connection without TLS may lead.

use super::PublishError;

/// Whether other machines may be spoken to without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// This machine only.
    Loopback,
    /// Any; whoever is in between can read what is sent and change it.
    Anywhere,
}

impl PlainHttp {
    /// Whether a host may be reached so. It may have brackets, as addresses of IPv6 have in URLs.
    ///
    /// # Errors
    /// When it may not.
    pub(crate) fn allow(self, host: &str) -> Result<(), PublishError> {
        if self == Self::Anywhere || is_loopback(host) {
            return Ok(());
        }
        Err(PublishError::new(format!("`{host}` would be reached without TLS"))
            .with_help("use https, or say --insecure-plain-http if the network in between is trusted"))
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_only_this_machine_is_reached_unless_allowed() {
        for here in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert_eq!(PlainHttp::Loopback.allow(here), Ok(()), "{here}");
        }
        for elsewhere in ["localhost.example", "10.0.0.1", "[::2]", "127.0.0.1.example", ""] {
            assert!(PlainHttp::Loopback.allow(elsewhere).is_err(), "{elsewhere}");
            assert_eq!(PlainHttp::Anywhere.allow(elsewhere), Ok(()), "{elsewhere}");
        }
    }
}
