//! What is published: the bytes of a bundle, and what names them.

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::HEXLOWER;

/// A bundle that was verified.
#[derive(Debug, Clone)]
pub(crate) struct Artefact {
    /// The archive.
    pub(crate) bytes: Bytes,
    /// The SHA-256 of the archive.
    pub(crate) digest: Digest,
    /// What its manifest says it is; None if that is empty.
    pub(crate) revision: Option<String>,
}

impl Artefact {
    /// An archive with the revision that was found in it.
    pub(crate) fn new(bytes: Vec<u8>, revision: Option<String>) -> Self {
        let digest = Digest::of(&bytes);
        Self { bytes: Bytes::from(bytes), digest, revision: revision.filter(|revision| !revision.is_empty()) }
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }
}

/// A SHA-256 in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest(String);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(HEXLOWER.encode(digest(&SHA256, bytes).as_ref()))
    }

    /// Reads `sha256:` and 64 digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
        (digits.len() == DIGITS && digits.bytes().all(is_digit)).then(|| Self(digits.to_owned()))
    }

    /// Without `sha256:`.
    pub(super) fn digits(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

const PREFIX: &str = "sha256:";
const DIGITS: usize = 64;

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_digest_is_sha256_and_written_one_way_only() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(Digest::parse(empty), Some(Digest::of(b"")));
        let digits = empty.trim_start_matches("sha256:");
        for wrong in [
            digits,
            &empty.to_uppercase(),
            empty.trim_end_matches('5'),
            &format!("{empty}0"),
            "sha256:../../x",
        ] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
