//! SPIFFE IDs of agents: what is wrong with a text that should be one.

/// Why a text is not the SPIFFE ID of an agent. The rules are those of the SPIFFE-ID standard, section 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// The whole is longer than [`MOST_BYTES`].
    #[error("it has {bytes} bytes, and a SPIFFE ID has at most {MOST_BYTES}")]
    Long {
        /// How long it is.
        bytes: usize,
    },
    /// It starts with something else.
    #[error("it does not start with `spiffe://`")]
    Scheme,
    /// Nothing follows the scheme.
    #[error("it has no trust domain after `spiffe://`")]
    NoTrustDomain,
    /// The trust domain is longer than [`MOST_BYTES_OF_TRUST_DOMAIN`].
    #[error("its trust domain has {bytes} bytes, and may have at most {MOST_BYTES_OF_TRUST_DOMAIN}")]
    LongTrustDomain {
        /// How long that is.
        bytes: usize,
    },
    /// A trust domain may have small letters, digits, dots, hyphens and underscores.
    #[error("its trust domain has a {character:?}, and may only have a-z, 0-9, `.`, `-` and `_`")]
    TrustDomainCharacter {
        /// The first character that may not stand there.
        character: char,
    },
    /// It names a trust domain and nobody in it.
    #[error("it has no path after the trust domain, so it names nobody in it")]
    NoPath,
    /// A slash stands at the end.
    #[error("its path ends with a slash")]
    TrailingSlash,
    /// Two slashes stand beside each other.
    #[error("segment {segment} of its path is empty")]
    EmptySegment {
        /// Which segment, from 1.
        segment: usize,
    },
    /// A segment is `.` or `..`.
    #[error("segment {segment} of its path is `.` or `..`")]
    DotSegment {
        /// Which segment, from 1.
        segment: usize,
    },
    /// A path may have letters, digits, dots, hyphens and underscores.
    #[error(
        "segment {segment} of its path has a {character:?}, and may only have a-z, A-Z, 0-9, `.`, `-` and `_`"
    )]
    PathCharacter {
        /// Which segment, from 1.
        segment: usize,
        /// The first character that may not stand there.
        character: char,
    },
}

/// The trust domain of an agent's SPIFFE ID.
///
/// # Errors
/// The first thing that is wrong: with the length, then from the left to the right.
pub fn trust_domain(id: &str) -> Result<&str, IdentityError> {
    if id.is_empty() {
        return Err(IdentityError::Empty);
    }
    if id.len() > MOST_BYTES {
        return Err(IdentityError::Long { bytes: id.len() });
    }
    let rest = id.strip_prefix("spiffe://").ok_or(IdentityError::Scheme)?;
    let (domain, path) = rest.split_once('/').map_or((rest, None), |(domain, path)| (domain, Some(path)));
    check_trust_domain(domain)?;
    check_path(path.ok_or(IdentityError::NoPath)?)?;
    Ok(domain)
}

/// Whether a text is the name of a trust domain.
///
/// # Errors
/// What is wrong with it.
pub fn check_trust_domain(domain: &str) -> Result<(), IdentityError> {
    if domain.is_empty() {
        return Err(IdentityError::NoTrustDomain);
    }
    let is_allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '-' | '_');
    if let Some(character) = domain.chars().find(|c| !is_allowed(*c)) {
        return Err(IdentityError::TrustDomainCharacter { character });
    }
    if domain.len() > MOST_BYTES_OF_TRUST_DOMAIN {
        return Err(IdentityError::LongTrustDomain { bytes: domain.len() });
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), IdentityError> {
    if path.is_empty() {
        return Err(IdentityError::NoPath);
    }
    let last = path.split('/').count();
    for (segment, text) in (1..).zip(path.split('/')) {
        if text.is_empty() {
            let error = IdentityError::EmptySegment { segment };
            return Err(if segment == last { IdentityError::TrailingSlash } else { error });
        }
        if matches!(text, "." | "..") {
            return Err(IdentityError::DotSegment { segment });
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if let Some(character) = text.chars().find(|c| !is_allowed(*c)) {
            return Err(IdentityError::PathCharacter { segment, character });
        }
    }
    Ok(())
}

/// How long a SPIFFE ID may be, in bytes.
pub const MOST_BYTES: usize = 2048;
/// How long the trust domain in one may be, in bytes.
pub const MOST_BYTES_OF_TRUST_DOMAIN: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_a_trust_domain_and_a_path() {
        for id in ["spiffe://a/b", "spiffe://a-b_c.1/x/Y.z/..."] {
            assert!(trust_domain(id).is_ok(), "{id}");
        }
        assert_eq!(trust_domain("spiffe://agents.example/agent/x/dev"), Ok("agents.example"));
        let longest = format!("spiffe://{}/{}", "a".repeat(255), "b".repeat(2048 - 9 - 255 - 1));
        assert_eq!((longest.len(), trust_domain(&longest).is_ok()), (2048, true));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (id, message) in [
            ("", "it is empty"),
            ("https://a/b", "it does not start with `spiffe://`"),
            ("SPIFFE://a/b", "it does not start with `spiffe://`"),
            (" spiffe://a/b", "it does not start with `spiffe://`"),
            ("spiffe:a/b", "it does not start with `spiffe://`"),
            ("spiffe://", "it has no trust domain after `spiffe://`"),
            ("spiffe:///b", "it has no trust domain after `spiffe://`"),
            ("spiffe://A/b", "its trust domain has a 'A', and may only have a-z, 0-9, `.`, `-` and `_`"),
            ("spiffe://a:80/b", "its trust domain has a ':', and may only have a-z, 0-9, `.`, `-` and `_`"),
            ("spiffe://u@a/b", "its trust domain has a '@', and may only have a-z, 0-9, `.`, `-` and `_`"),
            ("spiffe://a", "it has no path after the trust domain, so it names nobody in it"),
            ("spiffe://a/", "it has no path after the trust domain, so it names nobody in it"),
            ("spiffe://a/b/", "its path ends with a slash"),
            ("spiffe://a//b", "segment 1 of its path is empty"),
            ("spiffe://a/b/../c", "segment 2 of its path is `.` or `..`"),
            (
                "spiffe://a/b%2f",
                "segment 1 of its path has a '%', and may only have a-z, A-Z, 0-9, `.`, `-` and `_`",
            ),
            (
                "spiffe://a/b?c",
                "segment 1 of its path has a '?', and may only have a-z, A-Z, 0-9, `.`, `-` and `_`",
            ),
            (
                "spiffe://a/b/*",
                "segment 2 of its path has a '*', and may only have a-z, A-Z, 0-9, `.`, `-` and `_`",
            ),
            (
                "spiffe://a/\u{430}",
                "segment 1 of its path has a '\u{430}', and may only have a-z, A-Z, 0-9, `.`, `-` and `_`",
            ),
            (
                "spiffe://a/b\n",
                "segment 1 of its path has a '\\n', and may only have a-z, A-Z, 0-9, `.`, `-` and `_`",
            ),
        ] {
            assert_eq!(trust_domain(id).map_err(|error| error.to_string()), Err(message.to_owned()), "{id}");
        }
        let long = format!("spiffe://{}/b", "a".repeat(256));
        assert_eq!(trust_domain(&long), Err(IdentityError::LongTrustDomain { bytes: 256 }));
        let long = format!("spiffe://a/{}", "b".repeat(2048));
        assert_eq!(trust_domain(&long), Err(IdentityError::Long { bytes: 2059 }));
    }
}
